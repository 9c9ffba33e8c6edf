//! Many connections at once: how many are taken, from whom, and who has to go.

use std::net::IpAddr;

use super::world::{HOME, World};
use crate::config::DhtConfig;

fn config(clients: usize, per_source: usize) -> DhtConfig {
    DhtConfig {
        relay_clients: clients,
        relay_clients_per_source: per_source,
        ..DhtConfig::default()
    }
}

fn source(number: u16) -> IpAddr {
    let [high, low] = number.to_be_bytes();
    IpAddr::from([198, 18, high, low])
}

#[test]
fn one_source_has_its_share_and_loopback_has_none_to_keep_to() {
    let mut world = World::with(&config(1_000, 10));
    let first = world.accepted(HOME).unwrap();
    assert_eq!((0..30).filter_map(|_| world.accepted(HOME)).count(), 9);
    assert!(world.accepted(source(1)).is_some());
    // One that goes makes room, as soon as the rate of new ones allows.
    world.hang_up(first);
    world.pass(1);
    assert!(world.accepted(HOME).is_some() && world.accepted(HOME).is_none());
    let loopback = "::1".parse().unwrap();
    assert_eq!(
        (0..200).filter_map(|_| world.accepted(loopback)).count(),
        200
    );
}

#[test]
fn addresses_of_one_ipv6_network_are_one_source() {
    let mut world = World::with(&config(1_000, 10));
    let addresses = (0..30_u16).map(|host| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]));
    let taken = addresses.filter_map(|address| world.accepted(address));
    assert_eq!(taken.count(), 10);
}

#[test]
fn there_are_so_many_connections_and_no_more() {
    let mut world = World::with(&config(20, 100));
    // Who has proved nothing gives way to others.
    let taken: Vec<_> = (0..50).filter_map(|i| world.accepted(source(i))).collect();
    assert_eq!(taken.len(), 50);
    let closed = taken.iter().filter(|client| world.is_closed(**client));
    assert_eq!(closed.count(), 30);
    // Clients give way to nobody.
    let mut world = World::with(&config(20, 100));
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let keys = world.keys();
            world.client(&keys)
        })
        .collect();
    assert!(world.accepted(source(60)).is_none());
    world.hang_up(clients[3]);
    assert!(world.accepted(source(61)).is_some());
}

#[test]
fn half_open_connections_push_out_one_another_and_no_client() {
    let mut world = World::with(&config(4_096, 64));
    let keys = world.keys();
    let client = world.client(&keys);
    let taken: Vec<_> = (0..600).filter_map(|i| world.accepted(source(i))).collect();
    assert_eq!(taken.len(), 600);
    let closed = taken.iter().filter(|client| world.is_closed(**client));
    assert_eq!(closed.count(), 600 - 256);
    assert!(!world.is_closed(client) && world.is_closed(taken[0]));
    // And ten seconds later all of them are gone.
    world.pass(10);
    assert!(taken.iter().all(|client| world.is_closed(*client)));
    assert_eq!(world.relay.clients(), 1);
}

#[test]
fn more_hellos_than_may_be_answered_in_a_second_end_their_connections() {
    let mut world = World::with(&config(4_096, 4_096));
    let keys = world.keys();
    let loopback = "127.0.0.1".parse().unwrap();
    let mut refused = 0;
    for _ in 0..400 {
        let client = world.accepted(loopback).unwrap();
        let hello = world.hello(client, &keys);
        world.bytes(client, &hello);
        if world.is_closed(client) {
            refused += 1;
        }
        world.hang_up(client);
    }
    assert_eq!(refused, 100);
    world.pass(1);
    let client = world.client(&keys);
    assert!(!world.is_closed(client));
}

#[test]
fn numbers_are_never_given_out_twice() {
    let mut world = World::new();
    let first = world.accepted(HOME).unwrap();
    world.hang_up(first);
    let second = world.accepted(HOME).unwrap();
    assert!(second > first);
}
