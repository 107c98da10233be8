//! Objects from text: `TYPE,id=ID,name=value,…` or JSON.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString};
use std::io::Write;

use super::creation::Settings;
use super::keyval;
use super::property::value::Value;
use super::{reference, user_creatable};
use crate::error::Error;
use crate::runtime::text::shown;

/// What became of the text.
pub(crate) enum Outcome {
    /// An object was created.
    Created,
    /// The user asked for help, which was printed.
    Helped,
}

/// Creates the object that `text` describes, or prints the help it asks for.
pub(crate) fn add(text: &CStr) -> Result<Outcome, Error> {
    let mut settings = if text.to_bytes().starts_with(b"{") {
        parse_json(text.to_bytes())?
    } else {
        let parsed = keyval::parse(text, c"qom-type")?;
        if parsed.help {
            help(&parsed.settings)?;
            return Ok(Outcome::Helped);
        }
        parsed.settings
    };
    let type_name = take(&mut settings, c"qom-type")?;
    let id = take(&mut settings, c"id")?;
    let object = user_creatable::add(real_type(&type_name), Some(&id), &settings)?;
    // SAFETY: `add` gave the caller a reference; the tree has its own.
    unsafe { reference::drop(object) };
    Ok(Outcome::Created)
}

/// Users have written the name of one type in two ways.
fn real_type(name: &CStr) -> &CStr {
    if name == c"authz-listfile" { c"authz-list-file" } else { name }
}

/// Removes a string that must be there.
fn take(settings: &mut Settings, name: &CStr) -> Result<CString, Error> {
    let missing = || Error::new(format!("Parameter '{}' is missing", shown(name)));
    let index = settings.iter().position(|(key, _)| key.as_c_str() == name).ok_or_else(missing)?;
    let (_, value) = settings.remove(index);
    value.to_str(name).map(CStr::to_owned)
}

/// Prints the types, or the properties of the type that was named.
fn help(settings: &Settings) -> Result<(), Error> {
    let named = settings.iter().find(|(key, _)| key.as_c_str() == c"qom-type");
    let lines = match named {
        Some((name, value)) => properties_of(value.to_str(name)?)?,
        None => types(),
    };
    // A closed standard output is no reason to fail.
    let mut output = std::io::stdout();
    let _ = output.write_all(lines.join("").as_bytes());
    let _ = output.flush();
    Ok(())
}

fn types() -> Vec<String> {
    let names = user_creatable::type_names();
    let title = "List of user creatable objects:\n".to_owned();
    std::iter::once(title).chain(names.into_iter().map(|it| format!("  {}\n", shown(it)))).collect()
}

fn properties_of(type_name: &CStr) -> Result<Vec<String>, Error> {
    let properties = user_creatable::settable_properties(real_type(type_name))?;
    let title = format!("{} options:\n", shown(type_name));
    let line = |(name, type_name)| format!("  {name}=<{type_name}>\n");
    Ok(std::iter::once(title).chain(properties.into_iter().map(line)).collect())
}

/// The members of a JSON object.
pub(crate) fn parse_json(text: &[u8]) -> Result<Settings, Error> {
    let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(text)
        .map_err(|error| Error::new(format!("Invalid JSON: {error}")))?;
    members(parsed)
}

fn members(object: serde_json::Map<String, serde_json::Value>) -> Result<Settings, Error> {
    object.into_iter().map(|(key, value)| Ok((c_string(key)?, value_of(value)?))).collect()
}

fn c_string(text: String) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::new("Invalid JSON: a string contains a NUL"))
}

fn value_of(json: serde_json::Value) -> Result<Value, Error> {
    use serde_json::Value as Json;
    Ok(match json {
        Json::Bool(value) => Value::Bool(value),
        Json::String(text) => Value::Str(Some(c_string(text)?)),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => Value::Uint(value),
            (None, None) => {
                return Err(Error::new(format!("Invalid JSON: {number} is not an integer")));
            }
        },
        Json::Array(items) => {
            Value::List(items.into_iter().map(value_of).collect::<Result<_, _>>()?)
        }
        Json::Object(object) => Value::Dict(members(object)?),
        Json::Null => return Err(Error::new("Invalid JSON: no property can be null")),
    })
}
