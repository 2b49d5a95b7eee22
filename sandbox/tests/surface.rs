//! The table that the faces, the page and the documents are made from says what the sandbox does.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::{Options, Sandbox};
use serde_json::{Map, Value, json};
use support::Wire;

fn table() -> Value {
    serde_json::from_str(include_str!("../surface/table.json")).unwrap()
}

fn list<'table>(table: &'table Value, name: &str) -> &'table Vec<Value> {
    table[name].as_array().unwrap()
}

fn text<'table>(value: &'table Value, name: &str) -> &'table str {
    value[name].as_str().unwrap()
}

/// The argument at fault, or nothing where the command was carried out.
fn fault(sandbox: &Sandbox, command: &str, arguments: Value) -> Option<String> {
    sandbox.command(command, arguments).err().map(|error| error.argument().unwrap_or_default().to_owned())
}

/// The kind's own parameters that must be there.
fn needed(kind: &Value) -> Map<String, Value> {
    let own = list(kind, "own").iter().filter(|parameter| parameter["needed"] == true);
    let mut arguments: Map<String, Value> = own.map(|each| (text(each, "name").into(), json!("http://x/"))).collect();
    arguments.insert("kind".into(), kind["kind"].clone());
    arguments
}

#[test]
fn every_kind_takes_what_the_table_gives_it_and_nothing_else() {
    let (table, sandbox) = (table(), Sandbox::start(Options::default()).unwrap());
    let kinds = list(&table, "faults");
    let mut names: Vec<&str> = kinds.iter().flat_map(|kind| list(kind, "own")).map(|each| text(each, "name")).collect();
    names.sort_unstable();
    names.dedup();
    for kind in kinds {
        let own = list(kind, "own");
        let with = |name: &str, value: Value| {
            let mut arguments = needed(kind);
            arguments.insert(name.to_owned(), value);
            let wrong = fault(&sandbox, "arm", arguments.into());
            sandbox.command("disarm", Value::Null).unwrap();
            wrong
        };
        for parameter in own {
            let name = text(parameter, "name");
            let wrong = Some(name.to_owned());
            let mut rights = vec![parameter["default"].clone()];
            match text(parameter, "type") {
                "number" => {
                    let (low, high) = (parameter["low"].as_i64().unwrap(), parameter["high"].as_i64().unwrap());
                    // What may be wrong by less than zero has no bounds but that of a number.
                    if low >= 0 {
                        rights.extend([json!(low), json!(high)]);
                        assert_eq!(with(name, json!(low - 1)), wrong, "{kind}");
                        assert_eq!(with(name, json!(high + 1)), wrong, "{kind}");
                    }
                    assert_eq!(with(name, json!("x")), wrong, "{kind}");
                }
                "choice" => {
                    rights.extend(list(parameter, "words").iter().cloned());
                    assert_eq!(with(name, json!("x")), wrong, "{kind}");
                }
                "flag" => assert_eq!(with(name, json!("x")), wrong, "{kind}"),
                _ => assert_eq!(with(name, json!(1)), wrong, "{kind}"),
            }
            for right in rights.into_iter().filter(|right| !(right.is_null() && parameter["needed"] == true)) {
                assert_eq!(with(name, right.clone()), None, "{kind} {name}={right}");
            }
            if parameter["needed"] == true {
                assert_eq!(with(name, Value::Null), wrong, "{kind}");
            }
        }
        for other in names.iter().filter(|name| own.iter().all(|parameter| text(parameter, "name") != **name)) {
            assert_eq!(with(other, json!(1)).as_deref(), Some(*other), "{kind}");
        }
        let refuses = |name: &str, value: Value| with(name, value).as_deref() == Some(name);
        assert_eq!(refuses("when", json!("after_applying")), kind["when"] == false, "{kind}");
        assert_eq!(refuses("tid", json!("x")), !kind["selects"].is_null(), "{kind}");
        assert_eq!(refuses("times", json!(0)), kind["selects"] == false, "{kind}");
    }
    assert_eq!(fault(&sandbox, "arm", json!({"kind": "explode"})).as_deref(), Some("kind"));
}

#[test]
fn kinds_that_pass_by_declines_are_marked() {
    for kind in list(&table(), "faults") {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        // A tunnel and a connection are not a request, and the door is not shut here.
        if kind["selects"].is_null() {
            sandbox.command("arm", needed(kind).into()).unwrap();
            Wire::to(&sandbox).send(&support::post("/cancel/cancel", "a=b"));
            support::until(&sandbox, |sandbox| !sandbox.requests().is_empty());
            let met = sandbox.requests()[0].fault.is_some();
            assert_eq!(met, kind["success"] != true, "{kind}");
        }
    }
}

#[test]
fn the_rules_are_those_of_the_table_with_its_defaults() {
    let (table, sandbox) = (table(), Sandbox::start(Options::default()).unwrap());
    let rules = list(&table, "rules");
    let defaults: Map<String, Value> =
        rules.iter().map(|rule| (text(rule, "name").to_owned(), rule["default"].clone())).collect();
    assert_eq!(sandbox.command("rules", Value::Null).unwrap(), Value::from(defaults));
    for rule in rules {
        let name = text(rule, "name");
        let set = |value: &Value| sandbox.command("set_rules", json!({ name: value }));
        let values = match rule["values"].as_array() {
            Some(values) => values.clone(),
            None if rule["type"] == "seconds" => vec![json!(60), json!(0)],
            None => vec![json!("2001")],
        };
        for value in &values {
            assert_eq!(&set(value).unwrap()[name], value);
        }
        assert_eq!(set(&json!("no such value")).unwrap_err().argument(), Some(name));
    }
    assert_eq!(
        sandbox.command("set_rules", json!({"freshness_seconds": "off"})).unwrap()["freshness_seconds"],
        Value::Null
    );
}
