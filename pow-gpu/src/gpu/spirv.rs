//! WGSL to SPIR-V, and two casts that WGSL does not have.
//!
//! Does not optimise: drivers do. What it replaces are the bodies of the functions `join` and `split` in
//! word_funnel.wgsl, which are nothing but casts between u64 and `vec2<u32>`, in shifts that drivers do not see through.

use naga::back::spv;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// What is done with `join` and `split`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Casts {
    /// Nothing: the text need not have such functions.
    AsWritten,
    /// They become `OpBitcast`.
    Replaced,
}

/// Why a kernel has no SPIR-V.
#[derive(Debug, thiserror::Error)]
pub enum SpirvError {
    /// The text is not WGSL.
    #[error("{0}")]
    Parse(String),
    /// The text is WGSL, but breaks its rules.
    #[error("{0}")]
    Invalid(#[from] Box<naga::WithSpan<naga::valid::ValidationError>>),
    /// It cannot be said in SPIR-V.
    #[error("{0}")]
    Write(#[from] spv::Error),
    /// What should be replaced is not there.
    #[error("the kernel has no {0}")]
    Missing(&'static str),
}

/// Words before the first instruction (SPIR-V specification, section 2.3).
const HEADER_LEN: usize = 5;
/// Where the header keeps the least number that is no id.
const BOUND: usize = 3;

/// Numbers of instructions (SPIR-V specification, section 3.49).
mod op {
    pub(super) const NAME: u32 = 5;
    pub(super) const TYPE_INT: u32 = 21;
    pub(super) const TYPE_VECTOR: u32 = 23;
    pub(super) const FUNCTION: u32 = 54;
    pub(super) const FUNCTION_PARAMETER: u32 = 55;
    pub(super) const FUNCTION_END: u32 = 56;
    pub(super) const COMPOSITE_CONSTRUCT: u32 = 80;
    pub(super) const BITCAST: u32 = 124;
    pub(super) const LABEL: u32 = 248;
    pub(super) const RETURN_VALUE: u32 = 254;
}

/// Translates a kernel.
pub(super) fn compile(wgsl: &str, casts: Casts) -> Result<Vec<u32>, SpirvError> {
    let module = naga::front::wgsl::parse_str(wgsl)
        .map_err(|error| SpirvError::Parse(error.emit_to_string(wgsl)))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64);
    let info = validator.validate(&module).map_err(Box::new)?;
    let flags = match casts {
        Casts::AsWritten => spv::WriterFlags::empty(),
        // Functions are found by their names.
        Casts::Replaced => spv::WriterFlags::DEBUG,
    };
    let options = spv::Options {
        flags,
        ..spv::Options::default()
    };
    let words = spv::write_vec(&module, &info, &options, None)?;
    match casts {
        Casts::AsWritten => Ok(words),
        Casts::Replaced => replace_casts(&words),
    }
}

/// Instructions, each with its number.
fn instructions(words: &[u32]) -> impl Iterator<Item = (u32, &[u32])> {
    let mut rest = words.get(HEADER_LEN..).unwrap_or_default();
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let (instruction, after) = rest.split_at_checked((first >> 16) as usize)?;
        rest = after;
        Some((first & 0xffff, instruction))
    })
    // An instruction has at least the word that says so.
    .take_while(|(_, instruction)| !instruction.is_empty())
}

/// Ids that the two casts are made of.
struct Names {
    join: u32,
    split: u32,
    word: u32,
    halves: u32,
}

impl Names {
    fn find(words: &[u32]) -> Result<Self, SpirvError> {
        let (mut join, mut split, mut half, mut word, mut halves) = (None, None, None, None, None);
        for (number, instruction) in instructions(words) {
            match (number, instruction) {
                (op::NAME, [_, id, name @ ..]) if is_text(name, "join") => join = Some(*id),
                (op::NAME, [_, id, name @ ..]) if is_text(name, "split") => split = Some(*id),
                (op::TYPE_INT, [_, id, 32, 0]) => half = Some(*id),
                (op::TYPE_INT, [_, id, 64, 0]) => word = Some(*id),
                (op::TYPE_VECTOR, [_, id, of, 2]) if Some(*of) == half => halves = Some(*id),
                _ => {}
            }
        }
        Ok(Self {
            join: join.ok_or(SpirvError::Missing("function `join`"))?,
            split: split.ok_or(SpirvError::Missing("function `split`"))?,
            word: word.ok_or(SpirvError::Missing("type u64"))?,
            halves: halves.ok_or(SpirvError::Missing("type vec2<u32>"))?,
        })
    }
}

/// A text in SPIR-V is little-endian bytes, ended by at least one zero.
fn is_text(words: &[u32], text: &str) -> bool {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    bytes.take_while(|byte| *byte != 0).eq(text.bytes())
}

/// The first word of an instruction.
fn head(number: u32, len: u32) -> u32 {
    (len << 16) | number
}

fn replace_casts(words: &[u32]) -> Result<Vec<u32>, SpirvError> {
    let names = Names::find(words)?;
    let mut bound = words.get(BOUND).copied().unwrap_or_default();
    let mut fresh = || {
        bound += 1;
        bound - 1
    };
    let mut out = words.get(..HEADER_LEN).unwrap_or_default().to_vec();
    // The cast that the walk is in, with the parameters seen and whether its block has begun.
    let mut inside: Option<(u32, Vec<u32>, bool)> = None;
    for (number, instruction) in instructions(words) {
        if let (op::FUNCTION, [_, _, id, ..]) = (number, instruction)
            && (*id == names.join || *id == names.split)
        {
            inside = Some((*id, Vec::new(), false));
        }
        let Some((function, parameters, begun)) = &mut inside else {
            out.extend(instruction);
            continue;
        };
        match (number, instruction) {
            (op::FUNCTION, _) => out.extend(instruction),
            (op::FUNCTION_PARAMETER, [_, _, id]) => {
                parameters.push(*id);
                out.extend(instruction);
            }
            (op::LABEL, _) if !*begun => {
                *begun = true;
                out.extend(instruction);
            }
            (op::RETURN_VALUE, _) => {
                let result = match parameters.as_slice() {
                    [low, high] if *function == names.join => {
                        let (pair, result) = (fresh(), fresh());
                        out.extend([head(op::COMPOSITE_CONSTRUCT, 5), names.halves, pair]);
                        out.extend([*low, *high]);
                        out.extend([head(op::BITCAST, 4), names.word, result, pair]);
                        result
                    }
                    [word] if *function == names.split => {
                        let result = fresh();
                        out.extend([head(op::BITCAST, 4), names.halves, result, *word]);
                        result
                    }
                    _ => return Err(SpirvError::Missing("cast with the right parameters")),
                };
                out.extend([head(op::RETURN_VALUE, 2), result]);
            }
            (op::FUNCTION_END, _) => {
                out.extend(instruction);
                inside = None;
            }
            // The body as it was written.
            _ => {}
        }
    }
    if let Some(word) = out.get_mut(BOUND) {
        *word = bound;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASTS: &str = "
        fn join(low: u32, high: u32) -> u64 { return (u64(high) << 32u) | u64(low); }
        fn split(x: u64) -> vec2<u32> { return vec2(u32(x), u32(x >> 32u)); }
        @group(0) @binding(0) var<storage, read_write> out: vec2<u32>;
        @compute @workgroup_size(1) fn search() { out = split(join(out.y, out.x)); }";

    fn count(words: &[u32], wanted: u32) -> usize {
        instructions(words).filter(|(n, _)| *n == wanted).count()
    }

    #[test]
    fn casts_take_the_place_of_shifts() {
        const SHIFT_LEFT: u32 = 196;
        let written = compile(CASTS, Casts::AsWritten).unwrap();
        let replaced = compile(CASTS, Casts::Replaced).unwrap();
        assert_eq!(count(&written, SHIFT_LEFT), 1);
        assert_eq!(count(&written, op::BITCAST), 0);
        assert_eq!(count(&replaced, SHIFT_LEFT), 0);
        assert_eq!(count(&replaced, op::BITCAST), 2);
        assert_eq!(count(&replaced, op::FUNCTION), 3);
        assert_eq!(replaced[BOUND], written[BOUND] + 3);
    }

    #[test]
    fn kernel_without_the_functions_is_refused() {
        let error = compile(
            "@compute @workgroup_size(1) fn search() {}",
            Casts::Replaced,
        );
        assert!(matches!(error, Err(SpirvError::Missing(_))));
        assert!(matches!(
            compile("no shader", Casts::AsWritten),
            Err(SpirvError::Parse(_))
        ));
    }
}
