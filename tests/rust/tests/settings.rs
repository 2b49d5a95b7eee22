//! Settings of code and of variables: which wins, what is refused, and by which name.
#![allow(missing_docs)]

use std::env::VarError;

use paywelcome::{Argument, Client, ClientOptions, Error, ErrorKind, Outcome};

const TEST: &str = "https://tpayapi.paywelcome.co.kr";
const PRODUCTION: &str = "https://payapi.paywelcome.co.kr";
const SANDBOX: &str = "http://127.0.0.1:9000";

/// Makes a client of what code gives, completed with `variables`.
fn made(mut options: ClientOptions, variables: &[(&str, &str)]) -> Result<Client, Error> {
    options.fill_from(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()));
    Client::new(options)
}

fn keyed() -> ClientOptions {
    ClientOptions { mid: "welcometst".into(), sign_key: "made-up".into(), ..ClientOptions::default() }
}

fn refused(options: ClientOptions, variables: &[(&str, &str)]) -> Error {
    let error = made(options, variables).expect_err("a setting is wrong");
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
    error
}

#[test]
fn a_host_that_code_names_is_replaced_by_this_machine_only() {
    for (environment, host) in [("production", PRODUCTION), ("test", TEST)] {
        let named = || ClientOptions { environment: environment.into(), ..keyed() };
        for away in ["https://gateway.example", "https://127.0.0.1.example", "https://10.0.0.1:8443/x"] {
            let error = refused(named(), &[("PAYWELCOME_BASE_URL", away)]);
            let [field] = error.fields() else { panic!("{error}") };
            assert_eq!(field.field.snake(), "base_url");
            for part in ["PAYWELCOME_BASE_URL ", away, host] {
                assert!(error.to_string().contains(part), "{error}");
            }
        }
        for own in [SANDBOX, "https://localhost:8443", "http://[::1]:9000"] {
            let client = made(named(), &[("PAYWELCOME_BASE_URL", own)]).expect("a sandbox may stand in");
            assert_eq!(client.base_url(), own);
            let warning = client.warning().expect("it is worth a warning");
            assert!(warning.contains(own) && warning.contains(host), "{warning}");
        }
        // The host that was named, under either name, is no other.
        for same in [host.to_owned(), format!("{host}/"), format!("{host}:443")] {
            let client = made(named(), &[("PAYWELCOME_BASE_URL", &same)]).expect("it leads nowhere else");
            assert_eq!((client.base_url(), client.warning()), (host, None));
        }
        let error = refused(named(), &[("PAYWELCOME_BASE_URL", "https://user:word@gateway.example")]);
        assert!(error.to_string().contains("PAYWELCOME_BASE_URL holds a user") && !error.to_string().contains("word@"));
    }
    let other = if PRODUCTION.len() < TEST.len() { TEST } else { PRODUCTION };
    let named = ClientOptions { environment: "production".into(), ..keyed() };
    assert!(refused(named, &[("PAYWELCOME_BASE_URL", other)]).to_string().contains(other));
}

#[test]
fn a_base_url_that_code_gives_is_never_replaced() {
    let given = |environment: Argument| ClientOptions { base_url: "https://a.example".into(), environment, ..keyed() };
    for environment in [Argument::Absent, "production".into()] {
        let variables = [("PAYWELCOME_BASE_URL", SANDBOX), ("PAYWELCOME_ENVIRONMENT", "test")];
        let client = made(given(environment), &variables).expect("the settings are right");
        assert_eq!((client.base_url(), client.warning()), ("https://a.example", None));
    }
}

#[test]
fn a_variables_host_replaces_a_variables_environment() {
    for away in [SANDBOX, "https://gateway.example"] {
        for variables in [
            vec![("PAYWELCOME_ENVIRONMENT", "production"), ("PAYWELCOME_BASE_URL", away)],
            vec![("PAYWELCOME_BASE_URL", away)],
        ] {
            let client = made(keyed(), &variables).expect("the settings are right");
            assert_eq!((client.base_url(), client.warning()), (away, None));
        }
    }
}

#[test]
fn filling_in_twice_is_as_good_as_once() {
    let variables = [("PAYWELCOME_ENVIRONMENT", "production"), ("PAYWELCOME_BASE_URL", "https://gateway.example")];
    let read = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let mut options = keyed();
    options.fill_from(read);
    options.fill_from(read);
    assert_eq!(Client::new(options).expect("the settings are right").base_url(), "https://gateway.example");
}

#[test]
fn what_came_from_a_variable_is_told_by_its_name() {
    for (name, field) in [
        ("PAYWELCOME_MID", "mid"),
        ("PAYWELCOME_SIGN_KEY", "sign_key"),
        ("PAYWELCOME_MKEY", "mkey"),
        ("PAYWELCOME_ENVIRONMENT", "environment"),
        ("PAYWELCOME_BASE_URL", "base_url"),
    ] {
        for value in ["\"P4STED\"", "P4STED\n", "\u{FEFF}P4STED", "${P4STED}", "P4STED\u{A0}", "null", "***"] {
            let good = [
                ("PAYWELCOME_MID", "welcometst"),
                ("PAYWELCOME_SIGN_KEY", "made-up"),
                ("PAYWELCOME_ENVIRONMENT", "test"),
            ];
            let key = if name == "PAYWELCOME_MKEY" { "PAYWELCOME_SIGN_KEY" } else { name };
            let mut variables: Vec<_> = good.into_iter().filter(|(known, _)| *known != key).collect();
            variables.push((name, value));
            let error = refused(ClientOptions::default(), &variables);
            let [found] = error.fields() else { panic!("{name}={value:?}: {error}") };
            assert_eq!(found.field.snake(), field);
            assert!(found.message.starts_with(&format!("{name} ")), "{error}");
            assert!(!format!("{error} {error:?}").contains("P4STED"), "{error}");
        }
    }
    let error = refused(keyed(), &[("PAYWELCOME_ENVIRONMENT", "\"production\"")]);
    assert!(error.to_string().contains("PAYWELCOME_ENVIRONMENT has quotes around it"), "{error}");
    // What code gave is told without.
    let error =
        refused(ClientOptions { environment: "'test'".into(), ..keyed() }, &[("PAYWELCOME_ENVIRONMENT", "test")]);
    assert!(
        error.to_string().contains("environment: has quotes around it") && !error.to_string().contains("PAYWELCOME")
    );
}

#[test]
fn an_environment_that_is_trusted_was_read() {
    let trusting = || ClientOptions { environment: "test".into(), trust_env: true.into(), ..keyed() };
    let error = Client::new(trusting()).expect_err("its proxies would be passed by");
    assert_eq!(error.fields().iter().map(|found| found.field.snake()).collect::<Vec<_>>(), ["trust_env"]);
    let client = made(trusting(), &[("ALL_PROXY", "http://user:word@proxy.example:3128")]).expect("it was read");
    assert_eq!(client.proxy(), Some(("http://proxy.example:3128".to_owned(), Some("ALL_PROXY"))));
}

#[test]
fn a_variable_that_is_no_text_is_told_by_its_name() {
    let not_unicode = |wrong: &'static str| {
        move |name: &str| match name {
            _ if name == wrong => Err(VarError::NotUnicode("made-up".into())),
            _ => Err(VarError::NotPresent),
        }
    };
    for name in ["PAYWELCOME_MID", "HTTPS_PROXY", "all_proxy"] {
        let mut options = ClientOptions { environment: "test".into(), ..keyed() };
        if name == "PAYWELCOME_MID" {
            options.mid = Argument::Absent;
        }
        options.fill_from(not_unicode(name));
        let error = Client::new(options).expect_err("it can't be read");
        assert!(error.to_string().contains(&format!("{name} is not a Unicode text")), "{error}");
    }
}

#[test]
fn a_transaction_id_with_the_rest_of_a_paste_is_refused() {
    let client = made(ClientOptions { environment: "test".into(), ..keyed() }, &[]).expect("the settings are right");
    for tid in ["'T1'", "T1\u{200B}", "${TID}", "undefined", "T\u{A0}1", "T1\n"] {
        let request = paywelcome::CancelRequest::new("card", tid, 1);
        let error = client.cancel_form(&request, std::time::SystemTime::now()).expect_err("it is not an id");
        assert_eq!(error.fields().iter().map(|found| found.field.snake()).collect::<Vec<_>>(), ["tid"]);
    }
}
