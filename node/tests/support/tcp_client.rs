//! A Tox client at a TCP relay, made of nothing but the formats.
//!
//! Answers the relay's pings and does nothing else by itself.
#![allow(dead_code, reason = "each test program uses a part")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rand::rngs::OsRng;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey};
use toxdrop_proto::tox::{TCP_ANSWER_LEN, TcpClientHandshake, TcpFrames, TcpPacket, TcpSession};

/// How long anything may take on a busy machine; a relay pings every 30 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client whose key is proved.
pub(crate) struct TcpClient {
    stream: TcpStream,
    session: TcpSession,
    frames: TcpFrames,
    /// How many pings of the relay were answered.
    pub(crate) pings: usize,
}

impl TcpClient {
    /// Connects, and waits until the relay knows the client.
    pub(crate) fn connect(relay: SocketAddr, key: DhtPublicKey, keys: &DhtKeyPair) -> Self {
        let mut stream = open(relay);
        let (hello, handshake) = TcpClientHandshake::hello(keys, &key, &mut OsRng).unwrap();
        stream.write_all(&hello).unwrap();
        let mut answer = [0; TCP_ANSWER_LEN];
        stream.read_exact(&mut answer).unwrap();
        let mut client = Self {
            stream,
            session: handshake.finish(&answer).unwrap(),
            frames: TcpFrames::default(),
            pings: 0,
        };
        client.say(&TcpPacket::Ping(7));
        client.expect(&TcpPacket::Pong(7));
        client
    }

    /// Sends a packet.
    pub(crate) fn say(&mut self, packet: &TcpPacket<'_>) {
        self.say_bytes(&packet.encode());
    }

    /// The same for bytes that may be no packet.
    pub(crate) fn say_bytes(&mut self, packet: &[u8]) {
        let frame = self.session.seal(packet).unwrap();
        self.stream.write_all(&frame).unwrap();
    }

    /// The next packet that is not a ping must be this one.
    pub(crate) fn expect(&mut self, packet: &TcpPacket<'_>) {
        let next = self.next().expect("the relay closed the connection");
        assert_eq!(TcpPacket::decode(&next).as_ref(), Ok(packet));
    }

    /// Nothing was sent before the answer to a ping.
    pub(crate) fn expect_nothing(&mut self) {
        self.say(&TcpPacket::Ping(8));
        self.expect(&TcpPacket::Pong(8));
    }

    /// The relay closes the connection.
    pub(crate) fn expect_end(mut self) {
        if let Some(packet) = self.next() {
            panic!("the relay goes on: {:?}", TcpPacket::decode(&packet));
        }
    }

    /// Waits until the relay has pinged once more.
    pub(crate) fn wait_for_ping(&mut self) {
        let pings = self.pings;
        let deadline = Instant::now() + PATIENCE;
        while self.pings == pings {
            assert!(Instant::now() < deadline, "no ping within {PATIENCE:?}");
            // Its pong is what wakes us if the relay has nothing else to say.
            std::thread::sleep(Duration::from_millis(200));
            self.expect_nothing();
        }
    }

    /// The next packet that is not a ping; `None` at the end of the connection.
    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let Some(sealed) = self.frames.take_box().unwrap() else {
                let mut bytes = [0; 4096];
                match self.stream.read(&mut bytes) {
                    Ok(0) => return None,
                    Ok(len) => self.frames.push(&bytes[..len]),
                    Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                    Err(error) => panic!("nothing came: {error}"),
                }
                continue;
            };
            let packet = self.session.open(&sealed).unwrap();
            match TcpPacket::decode(&packet).unwrap() {
                TcpPacket::Ping(id) => {
                    self.pings += 1;
                    self.say(&TcpPacket::Pong(id));
                }
                _ => return Some(packet),
            }
        }
    }
}

/// A connection over which nothing was said.
pub(crate) fn open(relay: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(relay).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}
