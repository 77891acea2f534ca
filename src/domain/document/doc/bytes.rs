//! Numbers out of bytes, none of them beyond the end.

/// Bytes of a stream or a part of one; numbers stand in them with their low byte first.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// `length` bytes from `at`.
    pub fn slice(self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(length)?)
    }
    /// A byte.
    pub fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }
    /// Two bytes.
    pub fn u16(self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.slice(at, 2)?.try_into().ok()?))
    }
    /// Two bytes with a sign.
    pub fn i16(self, at: usize) -> Option<i16> {
        Some(i16::from_le_bytes(self.slice(at, 2)?.try_into().ok()?))
    }
    /// Four bytes.
    pub fn u32(self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.slice(at, 4)?.try_into().ok()?))
    }
    /// `count` letters of two bytes each.
    pub fn wide(self, at: usize, count: usize) -> Option<String> {
        let units: Vec<u16> =
            self.slice(at, count.checked_mul(2)?)?.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Some(String::from_utf16_lossy(&units))
    }
}
