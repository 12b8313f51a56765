// ask(LIBRARY, HOME, THEN): asks the pm2 daemon of HOME for its list, over its socket, with pm2's own LIBRARY. It starts no
// daemon, and gives up after four seconds. Node.js 10 and later.
function ask(library, home, then) {
    // npm puts these below pm2, or beside it.
    const own = name => require(require.resolve(name, { paths: [library] }));
    const axon = own("pm2-axon"), rpc = own("pm2-axon-rpc");
    const socket = axon.socket("req"), client = new rpc.Client(socket);
    setTimeout(() => process.exit(1), 4000);
    socket.on("error", () => process.exit(1));
    socket.on("connect", () => client.call("getMonitorData", {}, (error, list) => {
        if (!error) then(list || []);
        process.exit(error ? 1 : 0);
    }));
    socket.connect("unix://" + home + "/rpc.sock");
}
