#!/usr/bin/env python3
"""Sends a message through a running toxdrop node and fetches what waits there.

Makes its stubs from the schema in proto/ at the first run, into a folder beside this file.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
STUBS = HERE / "generated"


def generate_stubs():
    """Compiles proto/toxdrop/v1/*.proto with grpcio-tools."""
    from grpc_tools import protoc

    STUBS.mkdir(exist_ok=True)
    files = sorted(str(f.relative_to(PROTO)) for f in PROTO.glob("toxdrop/v1/*.proto"))
    arguments = ["protoc", f"-I{PROTO}", f"--python_out={STUBS}", f"--grpc_python_out={STUBS}"]
    if protoc.main(arguments + files) != 0:
        sys.exit("the stubs could not be made from " + str(PROTO))


if not (STUBS / "toxdrop" / "v1" / "messages_pb2_grpc.py").exists():
    generate_stubs()
sys.path.insert(0, str(STUBS))

import grpc  # noqa: E402
from toxdrop.v1 import inboxes_pb2, inboxes_pb2_grpc, messages_pb2, messages_pb2_grpc  # noqa: E402


def connect(data_dir):
    """The channel to a node and the metadata that each call needs, from the node's own files."""
    try:
        address = (data_dir / "rpc-address").read_text().strip()
        token = (data_dir / "token").read_text().strip()
    except FileNotFoundError as error:
        sys.exit(f"no node is running with this data directory ({error.filename} is missing); start `toxdrop node`")
    return grpc.insecure_channel(address), [("authorization", f"Bearer {token}")]


def own_inbox(inboxes, metadata):
    """The node's first inbox; made if there is none."""
    found = inboxes.List(inboxes_pb2.ListInboxesRequest(), metadata=metadata).inboxes
    if found:
        return found[0]
    return inboxes.Create(inboxes_pb2.CreateInboxRequest(name="python"), metadata=metadata)


def send(messages, metadata, address, text):
    """Sends a text, prints each stage, and returns the message's state."""
    request = messages_pb2.SendRequest(
        address=address,
        content=text.encode(),
        content_type=messages_pb2.CONTENT_TYPE_TEXT,
        ttl_seconds=86_400,
    )
    stage = None
    for event in messages.Send(request, metadata=metadata):
        if event.HasField("done"):
            return event.done.message
        if event.progress.stage != stage:
            stage = event.progress.stage
            print("…", messages_pb2.SendStage.Name(stage))
    sys.exit("the node ended the stream early")


def fetch(messages, metadata):
    """Prints what waits; it is deleted from the network then."""
    for event in messages.Fetch(messages_pb2.FetchRequest(), metadata=metadata):
        if event.HasField("message"):
            message = event.message
            # The address is proved; the name is only what the sender says of itself.
            says = f" (says {message.from_name!r})" if message.from_name else ""
            print(f"from {message.from_address}{says}:", message.content.decode(errors="replace"))
        else:
            print(f"{event.done.messages} messages from {event.done.nodes_answered} nodes")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=pathlib.Path, default=pathlib.Path.home() / ".local/share/toxdrop")
    parser.add_argument("--to", help="Tox ID, Tox public key or toxdrop1… of the receiver; this node's own inbox if not given")
    parser.add_argument("--text", default="Hello from Python")
    arguments = parser.parse_args()

    channel, metadata = connect(arguments.data_dir)
    inboxes = inboxes_pb2_grpc.InboxesStub(channel)
    messages = messages_pb2_grpc.MessagesStub(channel)
    try:
        inbox = own_inbox(inboxes, metadata)
        print("own address:", inbox.address)
        sent = send(messages, metadata, arguments.to or inbox.address, arguments.text)
        print("message", sent.message_id, messages_pb2.Delivery.Name(sent.delivery), "at", sent.replicas, "nodes")
        fetch(messages, metadata)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
