//! RTF as Outlook packs it ([MS-OXRTFCP]): pieces of what went before, told by where they stood in a window of 4 KiB.

use crate::domain::document::Problem;

/// What the window holds at first: the words RTF begins with.
const FIRST_WINDOW: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor \
MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW_BYTES: usize = 4096;
/// Lengths of the packed and the plain text, the way of packing, a checksum: four bytes each.
const HEADER_BYTES: usize = 16;

/// The RTF in `packed`, at most `bytes_max` of it. What breaks off is given as far as it goes; the checksum is not asked.
///
/// # Errors
/// `Damaged` when it is no packed RTF, `TooLarge` beyond `bytes_max`.
pub fn unpacked(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let header = packed.get(..HEADER_BYTES).ok_or(Problem::Damaged)?;
    let plain_length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
    let body = &packed[HEADER_BYTES..];
    match &header[8..12] {
        b"MELA" => Ok(body[..body.len().min(plain_length).min(bytes_max)].to_vec()),
        b"LZFu" if plain_length <= bytes_max => Ok(inflated(body, plain_length)),
        b"LZFu" => Err(Problem::TooLarge),
        _ => Err(Problem::Damaged),
    }
}

/// The length a header tells is a bound, not a promise: memory is taken as text comes.
fn inflated(body: &[u8], bytes_max: usize) -> Vec<u8> {
    let mut window = [0_u8; WINDOW_BYTES];
    window[..FIRST_WINDOW.len()].copy_from_slice(FIRST_WINDOW);
    let mut at = FIRST_WINDOW.len();
    let mut out = Vec::new();
    let mut bytes = body.iter().copied();
    while let Some(control) = bytes.next() {
        for bit in 0..8 {
            let Some(first) = bytes.next() else { return out };
            if control >> bit & 1 == 0 {
                put(&mut window, &mut at, &mut out, first);
            } else {
                let Some(second) = bytes.next() else { return out };
                let reference = u16::from_be_bytes([first, second]);
                let from = usize::from(reference >> 4);
                if from == at {
                    return out;
                }
                for step in 0..usize::from(reference & 0xf) + 2 {
                    let byte = window[(from + step) % WINDOW_BYTES];
                    put(&mut window, &mut at, &mut out, byte);
                }
            }
            if out.len() >= bytes_max {
                out.truncate(bytes_max);
                return out;
            }
        }
    }
    out
}

fn put(window: &mut [u8; WINDOW_BYTES], at: &mut usize, out: &mut Vec<u8>, byte: u8) {
    out.push(byte);
    window[*at] = byte;
    *at = (*at + 1) % WINDOW_BYTES;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_unpacked() {
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0, 0x0a, 0, 0x72, 0x63, 0x70,
            0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c,
            0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(unpacked(&packed, 1_000), Ok(b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n".to_vec()));
        assert_eq!(unpacked(&packed, 10), Err(Problem::TooLarge));
        assert_eq!(unpacked(&packed[..20], 1_000), Ok(b"{\\rtf1\\ansi\\ansicp".get(..12).expect("it is longer").to_vec()));
        assert_eq!(unpacked(b"no packed text at all", 1_000), Err(Problem::Damaged));
    }
}
