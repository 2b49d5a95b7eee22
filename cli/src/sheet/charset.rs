//! Which characters the bytes of a file are, and its text a piece at a time.

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, EUC_KR, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes are read at once.
const BLOCK: usize = 64 * 1024;

/// What a file's bytes are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charset {
    encoding: &'static Encoding,
    /// How many bytes of a byte order mark come first.
    mark: u64,
}

impl Charset {
    /// Reads `utf-8`, `euc-kr` or `cp949`; what a mark at the file's beginning says goes before it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let encoding = match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => UTF_8,
            // What browsers call EUC-KR is CP949, which has EUC-KR in it.
            "euc-kr" | "euckr" | "cp949" | "ms949" | "windows-949" | "uhc" => EUC_KR,
            "utf-16" | "utf-16le" => UTF_16LE,
            _ => return None,
        };
        Some(Self { encoding, mark: 0 })
    }

    /// Tells the characters of a file by its content: what is valid UTF-8 is UTF-8, and all else CP949.
    pub(crate) fn of(file: &mut File, named: Option<Self>) -> io::Result<Self> {
        let mut block = vec![0; BLOCK];
        file.seek(SeekFrom::Start(0))?;
        let mut read = fill(file, &mut block)?;
        let marked = match &block[..read] {
            [0xef, 0xbb, 0xbf, ..] => Some(Self { encoding: UTF_8, mark: 3 }),
            [0xff, 0xfe, ..] => Some(Self { encoding: UTF_16LE, mark: 2 }),
            [0xfe, 0xff, ..] => Some(Self { encoding: UTF_16BE, mark: 2 }),
            _ => named,
        };
        if let Some(known) = marked {
            return Ok(known);
        }
        let mut kept = 0;
        loop {
            let is_last = read == 0;
            let bytes = &block[..kept + read];
            kept = match std::str::from_utf8(bytes) {
                Ok(_) => 0,
                // A character that continues in the next block.
                Err(error) if error.error_len().is_none() && !is_last => bytes.len() - error.valid_up_to(),
                Err(_) => return Ok(Self { encoding: EUC_KR, mark: 0 }),
            };
            if is_last {
                return Ok(Self { encoding: UTF_8, mark: 0 });
            }
            let end = bytes.len();
            block.copy_within(end - kept..end, 0);
            read = fill(file, &mut block[kept..])?;
        }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        if self.encoding == EUC_KR { "CP949 (EUC-KR)" } else { self.encoding.name() }
    }
}

/// Reads until the block is full or the file is over.
fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < block.len() {
        match file.read(&mut block[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

/// A file's text, a piece at a time.
pub(crate) struct Text {
    file: File,
    decoder: Decoder,
    block: Vec<u8>,
    hasher: DefaultHasher,
    is_over: bool,
}

/// Why no more text comes.
pub(crate) enum Stopped {
    /// The system gives no more of the file.
    Io(io::Error),
    /// Bytes that are not a character; they come after the text that was given with it.
    Malformed,
}

impl Text {
    pub(crate) fn new(mut file: File, charset: Charset) -> io::Result<Self> {
        file.seek(SeekFrom::Start(charset.mark))?;
        Ok(Self {
            file,
            decoder: charset.encoding.new_decoder_without_bom_handling(),
            block: vec![0; BLOCK],
            hasher: DefaultHasher::new(),
            is_over: false,
        })
    }

    /// Adds the next piece; false at the end of the file.
    pub(crate) fn more(&mut self, text: &mut String) -> Result<bool, Stopped> {
        if self.is_over {
            return Ok(false);
        }
        let read = fill(&mut self.file, &mut self.block).map_err(Stopped::Io)?;
        self.is_over = read < BLOCK;
        let bytes = &self.block[..read];
        self.hasher.write(bytes);
        let room = self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * BLOCK);
        text.reserve(room);
        match self.decoder.decode_to_string_without_replacement(bytes, text, self.is_over).0 {
            DecoderResult::InputEmpty => Ok(true),
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => {
                self.is_over = true;
                Err(Stopped::Malformed)
            }
        }
    }

    /// A number of all the bytes that were read, by which a file that was changed meanwhile is known.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.hasher.finish()
    }
}
