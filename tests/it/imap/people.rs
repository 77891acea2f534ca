//! Real people on a real server.
