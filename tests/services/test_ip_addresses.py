"""Of an address no more is kept than the network it comes from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.services.ip_addresses import KeepAddress, shorten_address, shorten_in_json


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("203.0.113.195", "203.0.113.0"),
        (" 203.0.113.195:52044 ", "203.0.113.0"),
        ("2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
        ("[2001:db8:85a3::7348]:443", "2001:db8:85a3::"),
        ("::ffff:203.0.113.195", "203.0.113.0"),
        ("2002:cb00:71c3::1", "2002:cb00:7100::"),
        ("64:ff9b::203.0.113.195", "64:ff9b::"),
        ("fe80::1ff:fe23:4567:890a%eth0", "fe80::"),
        ("::1", "::"),
        ("203.0.113", None),
        ("203.0.113.0195", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_address_is_cut_to_its_network(came, kept):
    assert shorten_address(came) == kept
    assert shorten_address(came, KeepAddress.NOTHING) is None


@given(st.ip_addresses())
def test_neighbours_cannot_be_told_apart(address):
    short = shorten_address(str(address))
    assert short is not None
    neighbour = type(address)(int(address) ^ 1)
    assert shorten_address(str(neighbour)) == short == shorten_address(short)


def test_fields_named_as_addresses_are_shortened_wherever_they_stand():
    came = {
        "$ip": "203.0.113.9",
        "context": {"ip": "203.0.113.9", "clientIp": "2001:db8:1:2::3", "app": {"version": "1.2.3.4"}},
        "user_ipaddress": "203.0.113.9",
        "X-Forwarded-For": "203.0.113.9, unknown, 198.51.100.7",
        "remote_addr": "198.51.100.7:80",
        "hops": [{"ip_address": "203.0.113.9"}],
        "ips": ["203.0.113.9", "nonsense", "é", "198.51.100.7"],
        "ship": "203.0.113.9 miles",
        "ip": "not one",
        "ipv6": "2001:db8:1:2::3%eth0",
        "color": "203.0.113.9",
        "lips": ["203.0.113.9"],
    }
    expected = {
        "$ip": "203.0.113.0",
        "context": {"ip": "203.0.113.0", "clientIp": "2001:db8:1::", "app": {"version": "1.2.3.4"}},
        "user_ipaddress": "203.0.113.0",
        "X-Forwarded-For": "203.0.113.0, 198.51.100.0",
        "remote_addr": "198.51.100.0",
        "hops": [{"ip_address": "203.0.113.0"}],
        "ips": ["203.0.113.0", "", "", "198.51.100.0"],
        "ship": "203.0.113.9 miles",
        "ip": "",
        "ipv6": "2001:db8:1::",
        "color": "203.0.113.9",
        "lips": ["203.0.113.9"],
    }
    for indent in (None, 2):
        body = json.dumps(came, indent=indent, ensure_ascii=False).encode()
        assert json.loads(shorten_in_json(body)) == expected
    nothing = json.loads(shorten_in_json(json.dumps(came).encode(), KeepAddress.NOTHING))
    assert nothing["context"] == {"ip": "", "clientIp": "", "app": {"version": "1.2.3.4"}}
    assert nothing["ips"] == ["", "", "", ""]


def test_addresses_in_a_json_text_are_shortened_and_no_other_byte_changes():
    body = b'{"ip" : "198.51.100.77","zip":"10.1.1.1","user_ip":"2001:db8:1:2::3","note":"\\"ip\\":\\"198.51.100.77\\"","clientIp":"1.2.3.4, 5.6.7.8"}'
    short = shorten_in_json(body)
    assert short == body.replace(b'"ip" : "198.51.100.77"', b'"ip" : "198.51.100.0"').replace(
        b"2001:db8:1:2::3", b"2001:db8:1::"
    ).replace(b"1.2.3.4, 5.6.7.8", b"1.2.3.0, 5.6.7.0")
    assert shorten_in_json(body, KeepAddress.WHOLE) == body
    assert b"198.51.100.77" not in shorten_in_json(b'{"$ip":"198.51.100.77"}', KeepAddress.NOTHING)


@pytest.mark.parametrize(
    "name",
    [
        "ip",
        "IP",
        "$ip",
        "x-ip",
        "clientIp",
        "clientIP",
        "ip_addr",
        "ipAddress",
        "remoteAddr",
        "remote_addr",
        "user_ipaddress",
        "iP",
        "ips",
        "clientIps",
        "last_ips",
        "IPv4",
        "ipv6",
        "ip4",
        "clientIPv6",
        "x-forwarded-for",
        "X-Forwarded-For",
        "xForwardedFor",
        "HTTP_X_FORWARDED_FOR",
        "REMOTE_ADDR",
        "IP_ADDRESS",
    ],
)
def test_every_name_of_an_address_is_found_in_a_json_text(name):
    body = f'{{"{name}":"203.0.113.195"}}'.encode()
    assert shorten_in_json(body) == f'{{"{name}":"203.0.113.0"}}'.encode()


@pytest.mark.parametrize("name", ["client.address", "source.address", "net.peer.ip", "net.sock.peer.addr", "http.client_ip"])
def test_addresses_among_the_attributes_of_opentelemetry_are_shortened(name):
    body = f'{{"attributes": [{{"key": "{name}", "value": {{"stringValue": "203.0.113.195"}}}}, {{"key": "n", "value": {{"stringValue": "203.0.113.195"}}}}]}}'
    assert shorten_in_json(body.encode()) == body.replace("203.0.113.195", "203.0.113.0", 1).encode()


@pytest.mark.parametrize("body", [b"", b'"', b'p"', b'ip"', b'"ip":', b'{"address":"203.0.113.195","class":"10.0.0.1"}'])
def test_texts_that_name_no_address_stay(body):
    assert shorten_in_json(body) == body
