//! A Tox TCP relay: clients whose firewall lets no UDP through meet here, and begin their onion paths here.
//!
//! Opens no sockets: whoever drives it says which connections there are and what came over them, and carries out what
//! [`TcpOutput`] says. Formats are `toxdrop-proto`'s, what is done is what c-toxcore's TCP server does.

mod admission;
mod connection;
mod links;
mod outputs;
mod packets;
mod relay;
#[cfg(test)]
mod tests;

pub(crate) use outputs::TcpOnionRequest;
pub use outputs::{TcpClient, TcpOutput};
pub(crate) use relay::TcpRelay;
