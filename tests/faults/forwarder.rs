//! A link that can be disturbed: TCP between labctl and a machine, byte by byte.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What happens to the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Cut with a RST after so many bytes, both ways counted.
    Cut(u64),
    /// After so many bytes, nothing arrives any more, and nobody is told.
    Dead(u64),
    /// After so many bytes, only so many in a second, each way.
    Slow(u64, u64),
    /// Noise instead of a server.
    Garbage,
    /// A binary greeting, then noise.
    NearlySsh,
    /// Lines before the greeting, for ever.
    EndlessBanner,
    /// Bytes for ever, and never a line end.
    NoLineEnd,
    /// Accepts, and says nothing.
    Mute,
}

struct State {
    fault: Mutex<Fault>,
    /// Rises with every change: what was begun before is over.
    turn: AtomicU64,
    passed: AtomicU64,
}

/// Listens on a port of its own, as long as the test lives.
pub struct Forwarder {
    state: Arc<State>,
    pub port: u16,
}

impl Forwarder {
    pub fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // A link that takes little at once, as a slow one does; inherited by what is accepted.
        socket2::SockRef::from(&listener).set_recv_buffer_size(8 << 10).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { fault: Mutex::new(Fault::None), turn: 0.into(), passed: 0.into() });
        let (shared, address) = (state.clone(), format!("{address}:22"));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, address) = (shared.clone(), address.clone());
                std::thread::spawn(move || serve(&stream, &address, &state));
            }
        });
        Self { state, port }
    }

    /// From now on; what is open already is cut.
    pub fn set(&self, fault: Fault) {
        *self.state.fault.lock().unwrap() = fault;
        self.state.passed.store(0, SeqCst);
        self.state.turn.fetch_add(1, SeqCst);
    }

    /// How many bytes have passed since the last change.
    pub fn passed(&self) -> u64 {
        self.state.passed.load(SeqCst)
    }
}

fn serve(client: &TcpStream, address: &str, state: &Arc<State>) {
    let turn = state.turn.load(SeqCst);
    let over = || state.turn.load(SeqCst) != turn;
    let fault = *state.fault.lock().unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    let mut out = client;
    let mut seed = 1u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    let mut piece: Vec<u8> = match fault {
        Fault::Garbage | Fault::NearlySsh => (0..65536).map(|_| noise()).collect(),
        Fault::EndlessBanner => b"this line is no greeting, nor is the next\r\n".repeat(1500),
        Fault::NoLineEnd => vec![b'x'; 65536],
        Fault::Mute => Vec::new(),
        _ => return forward(client, address, state, turn),
    };
    if fault == Fault::NearlySsh {
        let _ = out.write_all(b"SSH-2.0-Nearly\r\n");
        piece[..4].copy_from_slice(&[0, 0, 5, 220]);
    }
    while !over() && Instant::now() < end {
        if piece.is_empty() {
            std::thread::sleep(Duration::from_millis(50));
        } else if out.write_all(&piece).is_err() {
            return;
        }
    }
}

fn forward(client: &TcpStream, address: &str, state: &Arc<State>, turn: u64) {
    // A machine that is off: the client learns it by an end, as from a bastion.
    let Ok(server) = TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_secs(3)) else { return };
    let _ = socket2::SockRef::from(&server).set_recv_buffer_size(8 << 10);
    for stream in [client, &server] {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
    }
    std::thread::scope(|scope| {
        scope.spawn(|| pump(client, &server, state, turn));
        scope.spawn(|| pump(&server, client, state, turn));
    });
}

fn pump(from: &TcpStream, to: &TcpStream, state: &State, turn: u64) {
    let (mut source, mut sink) = (from, to);
    let reset = || {
        for stream in [from, to] {
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
            let _ = stream.shutdown(Shutdown::Both);
        }
    };
    let mut buffer = [0; 4096];
    loop {
        let fault = *state.fault.lock().unwrap();
        let before = state.passed.load(SeqCst);
        let max_open_hosts = match fault {
            Fault::Slow(after, rate) if before >= after => usize::try_from(rate.div_ceil(10)).unwrap(),
            // Up to the very byte.
            Fault::Cut(at) | Fault::Dead(at) if before < at => buffer.len().min((at - before) as usize),
            _ => buffer.len(),
        };
        let read = match source.read(&mut buffer[..max_open_hosts]) {
            Ok(0) => return drop(to.shutdown(Shutdown::Write)),
            Ok(read) => read,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                if state.turn.load(SeqCst) != turn {
                    return reset();
                }
                continue;
            }
            Err(_) => return reset(),
        };
        let total = state.passed.fetch_add(read as u64, SeqCst) + read as u64;
        match fault {
            Fault::Cut(at) if total > at => return reset(),
            Fault::Dead(at) if total > at => {
                while state.turn.load(SeqCst) == turn {
                    std::thread::sleep(Duration::from_millis(50));
                }
                return reset();
            }
            Fault::Slow(after, rate) if total > after => {
                std::thread::sleep(Duration::from_secs_f64(read as f64 / rate as f64));
            }
            _ => {}
        }
        if sink.write_all(&buffer[..read]).is_err() {
            return reset();
        }
        // At the end of what is let through, the next byte is not waited for.
        if fault == Fault::Cut(total) {
            return reset();
        }
    }
}
