//! IP and socket addresses. The flow label and the scope of an IPv6 one mean something to one machine, and stay there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

impl Wire for Ipv4Addr {
    const EDGE: Edge = Edge::of("ipv4", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "ipv4", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.octets().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        <[u8; 4]>::decode(d).map(Ipv4Addr::from)
    }
}

impl Wire for Ipv6Addr {
    const EDGE: Edge = Edge::of("ipv6", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "ipv6", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.octets().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        <[u8; 16]>::decode(d).map(Ipv6Addr::from)
    }
}

impl Wire for IpAddr {
    const EDGE: Edge = Edge::of("ip", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "ip", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.is_ipv6().encode(e)?;
        match self {
            IpAddr::V4(address) => address.encode(e),
            IpAddr::V6(address) => address.encode(e),
        }
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match bool::decode(d)? {
            false => Ipv4Addr::decode(d).map(IpAddr::V4),
            true => Ipv6Addr::decode(d).map(IpAddr::V6),
        }
    }
}

impl Wire for SocketAddr {
    const EDGE: Edge = Edge::of("socket_address", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "socket_address", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.ip().encode(e)?;
        self.port().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(SocketAddr::new(Wire::decode(d)?, Wire::decode(d)?))
    }
}

impl Wire for SocketAddrV4 {
    const EDGE: Edge = Edge::of("socket_address_v4", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "socket_address_v4", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.ip().encode(e)?;
        self.port().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(SocketAddrV4::new(Wire::decode(d)?, Wire::decode(d)?))
    }
}

impl Wire for SocketAddrV6 {
    const EDGE: Edge = Edge::of("socket_address_v6", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "socket_address_v6", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.ip().encode(e)?;
        self.port().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(SocketAddrV6::new(Wire::decode(d)?, Wire::decode(d)?, 0, 0))
    }
}
