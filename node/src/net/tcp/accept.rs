//! Takes connections from a listener and tells the driver, for as long as the node runs.
//!
//! Whether one is kept is not decided here.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::inputs::TcpInput;

/// How long nothing is accepted after the system refused, for want of file descriptors or memory.
const PAUSE: Duration = Duration::from_secs(1);

/// Accepts until the driver is gone.
pub(super) async fn accept(listener: TcpListener, inputs: mpsc::Sender<TcpInput>) {
    take_from(|| listener.accept(), inputs).await;
}

async fn take_from<F>(mut next: impl FnMut() -> F, inputs: mpsc::Sender<TcpInput>)
where
    F: Future<Output = io::Result<(TcpStream, SocketAddr)>>,
{
    let mut told = false;
    loop {
        match next().await {
            Ok((stream, from)) => {
                told = false;
                // Without it packets arrive late, but they arrive.
                let _ = stream.set_nodelay(true);
                let input = TcpInput::Accepted(stream, from.ip());
                if inputs.send(input).await.is_err() {
                    return;
                }
            }
            Err(error) if is_over(&error) => {}
            Err(error) => {
                if !told {
                    told = true;
                    tracing::warn!(
                        "the TCP relay cannot accept connections for now: {error}; where files are scarce, raise the limit (`ulimit -n`) or lower relay_clients"
                    );
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether it was the connection that failed, not the accepting: it went away while it waited.
fn is_over(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_system_out_of_files_and_connections_that_went_away_are_survived() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let listener = Arc::new(listener);
        let address = listener.local_addr().unwrap();
        let too_many_files = io::Error::other("too many open files");
        let mut failures = VecDeque::from([
            io::Error::from(io::ErrorKind::ConnectionAborted),
            too_many_files,
        ]);
        let (sender, mut inputs) = mpsc::channel(1);
        let next = move || {
            let (failure, listener) = (failures.pop_front(), Arc::clone(&listener));
            async move {
                match failure {
                    Some(error) => Err(error),
                    None => listener.accept().await,
                }
            }
        };
        let accepting = tokio::spawn(take_from(next, sender));
        let stream = TcpStream::connect(address).await.unwrap();
        let Some(TcpInput::Accepted(_, from)) = inputs.recv().await else {
            unreachable!("nothing else was sent");
        };
        assert_eq!(from, stream.local_addr().unwrap().ip());
        drop(inputs);
        let _last = TcpStream::connect(address).await.unwrap();
        accepting.await.unwrap();
    }
}
