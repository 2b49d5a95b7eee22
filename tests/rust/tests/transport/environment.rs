//! Proxies of the process's environment: honoured for the gateway, never for this machine.
//!
//! The environment belongs to a process, so each case is a process of its own: this binary, told to run one test.

use std::process::Command;

use paywelcome::{Argument, ClientOptions};
use paywelcome_tests::{Log, Port, Server, client, done, full, http, options, tid};

const GATEWAY: &str = "https://gateway.invalid";
const BASE_URL: &str = "TEST_BASE_URL";
const TRUST_ENV: &str = "TEST_TRUST_ENV";
const PROXY: &str = "TEST_PROXY";
const EXPECTED: &str = "TEST_EXPECTED";
const PROXIES: [&str; 8] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn child() {
    let variable = |name| std::env::var(name).ok();
    let base_url = variable(BASE_URL).expect("the parent says where to");
    let client = client(&base_url, |options| {
        options.fill_from(|name| std::env::var(name));
        options.trust_env = variable(TRUST_ENV).map(|word| word == "yes").into();
        options.proxy = variable(PROXY).into();
        options.connect_retries = 0.into();
        options.connect_timeout = 30.into();
        options.timeout = 60.into();
    });
    let end = client.cancel(&full(&tid(1))).await.map_or_else(|error| error.kind().as_str(), |_| "done");
    assert_eq!(Some(end), variable(EXPECTED).as_deref());
}

/// Makes one call in a process with these variables, and none other that matters.
fn run(base_url: &str, expected: &str, variables: &[(&str, &str)]) {
    let mut child = Command::new(std::env::current_exe().expect("this is a program"));
    child.args(["environment::child", "--exact", "--ignored"]);
    for name in PROXIES.into_iter().chain(["REQUEST_METHOD"]) {
        child.env_remove(name);
    }
    child.env(BASE_URL, base_url).env(EXPECTED, expected).envs(variables.iter().copied());
    let output = child.output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{variables:?} to {base_url}: {text}");
}

/// A proxy that refuses every tunnel, which is enough to see that it was asked.
fn proxy() -> Server {
    Server::start(|mut connection| connection.serve(|_| http("403 Forbidden", None, b"")))
}

fn assert_asked_for_a_tunnel(log: &Log) {
    let [request] = log.requests.as_slice() else { panic!("the proxy was asked once: {log:?}") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("CONNECT", "gateway.invalid:443"));
}

#[test]
fn the_environments_proxy_is_honoured() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = proxy();
        run(GATEWAY, "proxy", &[(name, &proxy.url())]);
        assert_asked_for_a_tunnel(&proxy.finish());
    }
}

#[test]
fn small_letters_win_and_an_empty_variable_is_none() {
    let (proxy, other) = (self::proxy(), self::proxy());
    run(GATEWAY, "proxy", &[("https_proxy", &proxy.url()), ("HTTPS_PROXY", &other.url())]);
    run(GATEWAY, "proxy", &[("https_proxy", ""), ("HTTPS_PROXY", &proxy.url()), ("all_proxy", &other.url())]);
    run(GATEWAY, "proxy", &[("https_proxy", " "), ("all_proxy", &proxy.url()), ("ALL_PROXY", &other.url())]);
    assert_eq!((proxy.finish().accepted(), other.finish().accepted()), (3, 0));
}

#[test]
fn a_request_of_a_web_server_changes_nothing_about_the_proxy() {
    let proxy = proxy();
    run(GATEWAY, "proxy", &[("HTTPS_PROXY", &proxy.url()), ("REQUEST_METHOD", "POST")]);
    assert_asked_for_a_tunnel(&proxy.finish());
}

#[test]
fn a_proxy_that_is_given_is_never_passed_by() {
    for credentials in ["CORP\\user:word@", "user:^|{}<>\"` word@", "user:비밀@", "user:p@ss@", "user:50%@", "@", ""]
    {
        let proxy = proxy();
        let given = proxy.url().replace("http://", &format!("http://{credentials}"));
        run(GATEWAY, "proxy", &[(PROXY, &given)]);
        run(GATEWAY, "proxy", &[("HTTPS_PROXY", &format!(" '{given}'\n"))]);
        assert_eq!(proxy.finish().accepted(), 2, "{credentials}");
    }
}

#[test]
fn a_proxy_for_plain_http_only_is_none_for_the_gateway() {
    let proxy = proxy();
    run(GATEWAY, "dns", &[("HTTP_PROXY", &proxy.url()), ("http_proxy", &proxy.url())]);
    assert_eq!(proxy.finish().accepted(), 0);
}

#[test]
fn what_no_proxy_names_is_reached_without() {
    for name in ["NO_PROXY", "no_proxy"] {
        let proxy = proxy();
        run(GATEWAY, "dns", &[("HTTPS_PROXY", &proxy.url()), (name, "example.com,gateway.invalid")]);
        assert_eq!(proxy.finish().accepted(), 0);
    }
}

#[test]
fn an_environment_that_is_not_trusted_is_not_read() {
    let proxy = proxy();
    run(GATEWAY, "dns", &[("HTTPS_PROXY", &proxy.url()), ("ALL_PROXY", &proxy.url()), (TRUST_ENV, "no")]);
    assert_eq!(proxy.finish().accepted(), 0);
}

#[test]
fn a_proxy_that_is_given_replaces_the_environments() {
    for trust_env in ["yes", "no"] {
        let (given, of_environment) = (proxy(), proxy());
        let variables =
            [("HTTPS_PROXY", of_environment.url()), (PROXY, given.url()), (TRUST_ENV, trust_env.to_owned())];
        run(GATEWAY, "proxy", &variables.each_ref().map(|(name, value)| (*name, value.as_str())));
        assert_asked_for_a_tunnel(&given.finish());
        assert_eq!(of_environment.finish().accepted(), 0);
    }
}

#[test]
fn this_machine_is_reached_without_the_environments_proxy() {
    let (proxy, gateway) = (proxy(), Server::start(|mut connection| connection.serve(done)));
    let url = proxy.url();
    let variables: Vec<_> = PROXIES[..6].iter().map(|name| (*name, url.as_str())).collect();
    run(&gateway.url(), "done", &variables);
    run(&format!("http://localhost:{}", gateway.port()), "done", &variables);
    let log = gateway.finish();
    assert_eq!(log.count(&tid(1)), 2);
    assert!(log.requests.iter().all(|request| request.target == "/cancel/cancel"), "{log:?}");
    assert_eq!(proxy.finish().accepted(), 0);
}

#[test]
fn a_given_proxy_gets_its_credentials_and_nobody_else_does() {
    let proxy = proxy();
    let with_credentials = proxy.url().replace("http://", "http://user:s3cr3t-p4ss@");
    let options = ClientOptions { proxy: with_credentials.into(), connect_retries: 0.into(), ..options(GATEWAY) };
    let shown = format!("{options:?}");
    let client = paywelcome::Client::new(options).expect("the settings are right");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs nothing");
    let error = runtime.block_on(client.cancel(&full(&tid(1)))).expect_err("the tunnel is refused");
    for text in [shown, format!("{client:?}"), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("s3cr3t-p4ss") && !text.contains("dXNlcjpzM2NyM3QtcDRzcw"), "{text}");
    }
    drop(client);
    let log = proxy.finish();
    assert_asked_for_a_tunnel(&log);
    assert_eq!(log.requests[0].header("proxy-authorization"), ["Basic dXNlcjpzM2NyM3QtcDRzcw=="]);
}

#[test]
fn a_proxy_that_is_not_there_is_told_without_its_credentials() {
    let port = Port::take();
    let with_credentials = port.url().replace("http://", "http://user:s3cr3t-p4ss@");
    let client = client(GATEWAY, |options| {
        options.proxy = with_credentials.into();
        options.connect_retries = Argument::Integer(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime needs nothing");
    let error = runtime.block_on(client.cancel(&full(&tid(1)))).expect_err("nobody is there");
    for text in [format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("s3cr3t-p4ss") && !text.contains("dXNlcjpzM2NyM3QtcDRzcw"), "{text}");
    }
}
