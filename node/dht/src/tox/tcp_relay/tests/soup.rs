//! Anything in any order: whatever clients do, both halves of each connection agree, and what is counted is right.

use rand_core::RngCore;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{TcpConnectionId, TcpPacket};

use super::world::World;
use crate::tox::tcp_relay::TcpClient;

/// Clients that take part, some of them under one key.
const CLIENTS: usize = 8;
const KEYS: usize = 6;

fn below(world: &mut World, end: usize) -> usize {
    world.rng.next_u32() as usize % end
}

/// Every connection of a client that leads somewhere is what the other client has as well. Returns how many do.
fn check(world: &World) -> usize {
    let relay = &world.relay;
    let (mut waiting, mut connected) = (0, 0);
    for (client, connection) in &relay.connections {
        assert!(!connection.doomed);
        waiting += connection.waiting();
        let Some(known) = connection.client() else {
            continue;
        };
        assert_eq!(relay.by_key.get(&known.key), Some(client));
        for id in (0..240).filter_map(TcpConnectionId::from_index) {
            let Some(link) = known.links.get(id) else {
                continue;
            };
            assert_ne!(link.key, known.key);
            let other = relay.by_key.get(&link.key).map(|client| {
                let other = relay.connections.get(client).unwrap();
                (*client, &other.client().unwrap().links)
            });
            // Connected if the other is here and has asked for this one; and then to each other.
            let expected =
                other.and_then(|(client, links)| Some((client, links.find(&known.key)?)));
            assert_eq!(link.other, expected);
            connected += usize::from(expected.is_some());
            if let Some((_, (_, id_there))) = other.zip(expected) {
                let back = other.unwrap().1.get(id_there).unwrap();
                assert_eq!(back.other, Some((*client, id)));
            }
        }
    }
    assert_eq!(relay.waiting, waiting);
    let confirmed = relay.connections.values().filter(|c| c.client().is_some());
    assert_eq!(relay.clients(), confirmed.count());
    connected
}

/// An id that the client knows the key by, or now and then any.
fn id_for(world: &mut World, client: TcpClient, key: &DhtPublicKey) -> TcpConnectionId {
    let connection = world.relay.connections.get(&client);
    let known = connection.and_then(|c| c.client()?.links.find(key));
    match below(world, 50) {
        0 => TcpConnectionId::from_index(below(world, 3)),
        _ => known,
    }
    .unwrap_or(TcpConnectionId::from_index(0).unwrap())
}

#[test]
fn any_order_of_things_leaves_both_halves_of_every_connection_in_agreement() {
    let mut world = World::new();
    let keys: Vec<_> = (0..KEYS).map(|_| world.keys()).collect();
    let mut clients: Vec<Option<TcpClient>> = vec![None; CLIENTS];
    let mut connected = 0;
    for _ in 0..6_000 {
        let at = below(&mut world, CLIENTS);
        let key = below(&mut world, KEYS);
        let here = |client: &TcpClient| world.relay.connections.contains_key(client);
        let Some(client) = clients[at].filter(here) else {
            // Not faster than one source may connect.
            world.pass(1);
            clients[at] = Some(world.client(&keys[key]));
            connected += check(&world);
            continue;
        };
        let (to, data) = (keys[key].public, &[9; 700][..]);
        let id = id_for(&mut world, client, &to);
        match below(&mut world, 200) {
            0..80 => drop(world.say(client, &TcpPacket::RoutingRequest(to))),
            80..85 => drop(world.say(client, &TcpPacket::Disconnected(id))),
            85..130 => drop(world.say(client, &TcpPacket::Data { id, data })),
            130..190 => drop(world.say(client, &TcpPacket::OobSend { to, data })),
            190 => world.stop_reading(client),
            191 => world.hang_up(client),
            192 => drop(world.say_bytes(client, &[13])),
            _ => world.pass(1),
        }
        connected += check(&world);
    }
    assert!(connected > 1_000, "{connected}");
}
