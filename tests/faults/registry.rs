//! Registries of npm that do not do what they should.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

/// What one of them does.
#[derive(Debug, Clone, Copy)]
pub enum Registry {
    /// It gives this answer to everybody.
    Answers(&'static [u8]),
    /// It tells the truth about every package, and breaks off in the middle of its archive.
    BreaksOff,
}

impl Registry {
    /// Listens at an address of this computer as long as the test lives; its URL.
    pub fn begin(self, address: &str) -> String {
        let listener = TcpListener::bind(format!("{address}:0")).unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let base = own.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let base = base.clone();
                // Whoever does not want to hear more hangs up: that is no fault of the test.
                std::thread::spawn(move || drop(self.serve(stream, &base)));
            }
        });
        own
    }

    fn serve(self, mut stream: TcpStream, own: &str) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        if let Registry::Answers(answer) = self {
            return stream.write_all(answer);
        }
        let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or("/").to_owned();
        let real = Command::new("npm").args(["config", "get", "registry"]).output()?.stdout;
        let real = String::from_utf8_lossy(&real).trim().trim_end_matches('/').to_owned();
        let body = Command::new("curl").args(["-sSf", &format!("{real}{path}")]).output()?.stdout;
        let archive = path.ends_with(".tgz");
        let body = if archive { body } else { String::from_utf8_lossy(&body).replace(&real, own).into_bytes() };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
        stream.write_all(&body[..if archive { body.len() / 2 } else { body.len() }])
    }
}
