//! The syntax `key=value,key=value,…` of command lines.
//!
//! `,,` stands for a comma in a value. Dots in a key lead into nested values:
//! `rules.0.match=joe` is the member `match` of the first element of `rules`. Of
//! equal keys the last one wins.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString};

use super::creation::Settings;
use super::property::value::Value;
use crate::error::Error;

/// How deep values may be nested, as in JSON: working on them takes stack.
const NESTING_MAX: usize = 127;

/// What a text says.
pub(super) struct Parsed {
    pub(super) settings: Settings,
    /// Whether one of the items was `help` or `?`.
    pub(super) help: bool,
}

/// Takes `text` apart. A first item without `=` is the value of `implied`.
pub(super) fn parse(text: &CStr, implied: &CStr) -> Result<Parsed, Error> {
    let mut parsed = Parsed { settings: Vec::new(), help: false };
    let mut rest = text.to_bytes();
    let mut first = true;
    while !rest.is_empty() {
        let (item, after) = next_item(rest);
        rest = after;
        match item.iter().position(|&byte| byte == b'=') {
            Some(equals) => {
                let (key, value) = item.split_at(equals);
                let value = value.get(1..).unwrap_or_default();
                if key.iter().filter(|&&byte| byte == b'.').count() > NESTING_MAX {
                    return Err(Error::new("A parameter is nested too deeply"));
                }
                insert(&mut parsed.settings, key, key, value)?;
            }
            None if item == b"help" || item == b"?" => parsed.help = true,
            None if first => insert(&mut parsed.settings, implied.to_bytes(), b"", &item)?,
            None => {
                return Err(Error::new(format!("Expected '=' after parameter '{}'", lossy(&item))));
            }
        }
        first = false;
    }
    for (key, value) in &mut parsed.settings {
        make_lists(key, value)?;
    }
    Ok(parsed)
}

/// The text up to the next single comma, with double ones undone, and what follows.
fn next_item(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut item = Vec::new();
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return (item, rest),
            [b',', b',', after @ ..] => {
                item.push(b',');
                after
            }
            [b',', after @ ..] => return (item, after),
            [byte, after @ ..] => {
                item.push(*byte);
                after
            }
        };
    }
}

/// Stores `value` where the dots of `key` lead.
fn insert(settings: &mut Settings, key: &[u8], whole: &[u8], value: &[u8]) -> Result<(), Error> {
    let mut parts = key.splitn(2, |&byte| byte == b'.');
    let (name, inner) = (parts.next().unwrap_or_default(), parts.next());
    let invalid = || Error::new(format!("Invalid parameter '{}'", lossy(whole)));
    if name.is_empty() {
        return Err(invalid());
    }
    let name = CString::new(name).map_err(|_| invalid())?;
    let place = match settings.iter().position(|(known, _)| *known == name) {
        Some(index) => index,
        None => {
            let empty = match inner {
                Some(_) => Value::Dict(Vec::new()),
                None => Value::Text(CString::default()),
            };
            settings.push((name, empty));
            settings.len() - 1
        }
    };
    match (settings.get_mut(place).map(|(_, value)| value), inner) {
        (Some(Value::Dict(nested)), Some(inner)) => insert(nested, inner, whole, value),
        (Some(Value::Text(text)), None) => {
            *text = CString::new(value).map_err(|_| invalid())?;
            Ok(())
        }
        _ => Err(Error::new(format!("Parameter '{}' clashes with another one", lossy(whole)))),
    }
}

/// Turns nested values whose keys are all numbers into lists.
fn make_lists(name: &CStr, value: &mut Value) -> Result<(), Error> {
    let Value::Dict(items) = value else { return Ok(()) };
    for (key, item) in items.iter_mut() {
        make_lists(key, item)?;
    }
    let index = |key: &CStr| key.to_str().ok().and_then(|text| text.parse::<usize>().ok());
    let numbers = items.iter().filter(|(key, _)| index(key).is_some()).count();
    if numbers == 0 {
        return Ok(());
    }
    items.sort_by_key(|(key, _)| index(key));
    let complete = items.iter().enumerate().all(|(at, (key, _))| index(key) == Some(at));
    if !complete {
        return Err(Error::new(format!(
            "Parameter '{}' lacks an element, or is not a list",
            name.to_string_lossy()
        )));
    }
    *value = Value::List(std::mem::take(items).into_iter().map(|(_, item)| item).collect());
    Ok(())
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &CStr) -> Value {
        Value::Text(text.to_owned())
    }

    fn settings(input: &CStr) -> Settings {
        parse(input, c"type").unwrap().settings
    }

    fn entry(key: &CStr, value: Value) -> (CString, Value) {
        (key.to_owned(), value)
    }

    #[test]
    fn the_first_item_may_lack_its_key() {
        let expected = vec![entry(c"type", text(c"secret")), entry(c"id", text(c"s0"))];
        assert_eq!(settings(c"secret,id=s0"), expected);
        assert_eq!(settings(c"secret,id=s0,"), expected);
        assert!(parse(c"secret,id", c"type").is_err());
    }

    #[test]
    fn two_commas_are_one_and_the_last_key_wins() {
        assert_eq!(settings(c"a=1,,2,a=3,,4"), vec![entry(c"a", text(c"3,4"))]);
        assert_eq!(settings(c"a=x=y"), vec![entry(c"a", text(c"x=y"))]);
    }

    #[test]
    fn dots_lead_into_lists_and_members() {
        let rule = |value: &CStr| Value::Dict(vec![entry(c"match", text(value))]);
        assert_eq!(
            settings(c"rules.1.match=b,rules.0.match=a"),
            vec![entry(c"rules", Value::List(vec![rule(c"a"), rule(c"b")]))]
        );
        assert!(parse(c"rules.1.match=b", c"type").is_err());
        assert!(parse(c"a=1,a.b=2", c"type").is_err());
        assert!(parse(c"a..b=2", c"type").is_err());
        assert!(parse(c"=2", c"type").is_err());
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |dots| CString::new(format!("a{}=1", ".a".repeat(dots))).unwrap();
        assert!(parse(&nested(NESTING_MAX), c"type").is_ok());
        assert!(parse(&nested(NESTING_MAX + 1), c"type").is_err());
        assert!(parse(&nested(1_000_000), c"type").is_err());
    }

    #[test]
    fn help_is_recognised_anywhere() {
        assert!(parse(c"help", c"type").unwrap().help);
        assert!(parse(c"secret,?", c"type").unwrap().help);
        assert!(!parse(c"secret,id=help", c"type").unwrap().help);
    }
}
