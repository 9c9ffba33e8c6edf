//! One connection of the relay: reads only as much as the driver wants, writes what it is given.
//!
//! Understands nothing of it, and ends when either side does.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use toxdrop_dht::TcpClient;

use super::inputs::TcpInput;

/// Bytes read at once; the next ones only after the driver has taken these in.
const READ: usize = 4_096;
/// Pieces that wait to be written. The relay lets less than 66 KiB wait, in frames of 19 bytes and more, so this is
/// never reached.
const WRITE_QUEUE: usize = 4_096;

/// The driver's end of a connection.
pub(super) struct Ends {
    /// What is to be written.
    pub(super) write: mpsc::Sender<Vec<u8>>,
    /// Reading goes on, after so long.
    pub(super) read_on: mpsc::Sender<Duration>,
}

/// Both ends of a connection: the driver's, and what its task is made of.
pub(super) fn connection(
    client: TcpClient,
    stream: TcpStream,
    inputs: mpsc::Sender<TcpInput>,
) -> (Ends, impl Future<Output = ()>) {
    let (write, to_write) = mpsc::channel(WRITE_QUEUE);
    let (read_on, go) = mpsc::channel(1);
    let task = run(client, stream, inputs, to_write, go);
    (Ends { write, read_on }, task)
}

async fn run(
    client: TcpClient,
    mut stream: TcpStream,
    inputs: mpsc::Sender<TcpInput>,
    to_write: mpsc::Receiver<Vec<u8>>,
    go: mpsc::Receiver<Duration>,
) {
    let (reader, writer) = stream.split();
    tokio::select! {
        () = read(client, &reader, &inputs, go) => {}
        () = write(client, writer, &inputs, to_write) => {}
    }
    // The driver may be gone first.
    let _ = inputs.send(TcpInput::Closed(client)).await;
}

async fn read(
    client: TcpClient,
    reader: &ReadHalf<'_>,
    inputs: &mpsc::Sender<TcpInput>,
    mut go: mpsc::Receiver<Duration>,
) {
    while reader.readable().await.is_ok() {
        // Made only now: an idle connection holds no buffer.
        let mut bytes = vec![0; READ];
        match reader.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(len) => bytes.truncate(len),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        if inputs
            .send(TcpInput::Received(client, bytes))
            .await
            .is_err()
        {
            return;
        }
        let Some(pause) = go.recv().await else {
            return;
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

async fn write(
    client: TcpClient,
    mut writer: WriteHalf<'_>,
    inputs: &mpsc::Sender<TcpInput>,
    mut to_write: mpsc::Receiver<Vec<u8>>,
) {
    while let Some(bytes) = to_write.recv().await {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let written = writer.write(rest).await.unwrap_or(0);
            if written == 0 || inputs.send(TcpInput::Sent(client, written)).await.is_err() {
                return;
            }
            rest = rest.get(written..).unwrap_or_default();
        }
    }
}
