//! `page`: a small page on this machine where a person reads what waits, and rules.

mod door;
mod html;
mod query;
mod said;
mod server;
mod views;

use std::collections::HashMap;

use paywelcome_loopback::http::{Head, Reply};
use paywelcome_loopback::visitor::protect;
use paywelcome_loopback::{ICON, STYLE};
use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::desk::{Desk, Money};
use crate::refunds::host::Failed;
use crate::refunds::told::message;
use crate::refunds::written::{kst, shown};
use door::{Door, Visitor, Why};
use query::{fields, query};
use said::Said;
use server::Server;
use views::{Typed, as_seen};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// What is kept between requests; one person has the page.
struct Page {
    door: Door,
    said: &'static Said,
    /// Who rules, as typed last.
    by: String,
    /// What was recorded last, until it is shown.
    flash: Option<String>,
}

pub(crate) async fn page(desk: &mut Desk) -> Result<i32, Failed> {
    let port = desk.own("port").as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
    let (server, token, secret) = match (Server::listen(desk.own("host") == "::1", port), drawn(), drawn()) {
        (Ok(server), Some(token), Some(secret)) => (server, token, secret),
        (listened, ..) => {
            let why = listened.err().map_or_else(|| "no random number".to_owned(), |error| error.to_string());
            desk.terminal.complain(&format!("{} refunds page: {why}; pass another --port\n", desk.program));
            return Ok(exit::STOPPED);
        }
    };
    let url = format!("http://{}/?token={token}", server.here);
    let text =
        format!("Open {url}\nin a browser on this machine. It admits one browser, once. Ctrl-C ends the page.\n");
    desk.tell(vec![("url", url.into())], text);
    let by = desk.own("by").as_str().unwrap_or_default().to_owned();
    let door = Door::new(server.here, token, &secret);
    let mut page = Page { door, said: Said::of(desk.lang), by, flash: None };
    while let Some(asked) = server.next() {
        let mut reply = page.answer(desk, &asked.head, &asked.body).await;
        protect(&mut reply);
        asked.answer(reply);
    }
    Ok(exit::STOPPED)
}

/// A number that nobody can guess, in hex.
fn drawn() -> Option<String> {
    let mut bytes = [0; 16];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).ok()?;
    Some(format!("{:032x}", u128::from_be_bytes(bytes)))
}

impl Page {
    async fn answer(&mut self, desk: &mut Desk, head: &Head, body: &[u8]) -> Reply {
        let visitor = self.door.judge(head);
        let file = match head.path() {
            "/style.css" => Some((CSS, STYLE)),
            "/page.css" => Some((CSS, include_str!("page/page.css"))),
            "/icon.svg" => Some(("image/svg+xml", ICON)),
            _ => None,
        };
        match (visitor, file) {
            (Visitor::New(cookie), _) => {
                let mut reply = to("/");
                reply.header("Set-Cookie", cookie);
                return reply;
            }
            // These tell nothing, and what a stranger is told looks better with them.
            (Visitor::Known | Visitor::Refused(_, Why::Stranger | Why::Used), Some((kind, text)))
                if head.method != "POST" =>
            {
                return Reply::new(200, kind, text);
            }
            (Visitor::Refused(status, why), _) => return self.stranger(status, why),
            (Visitor::Known, _) => {}
        }
        let asked = query(head);
        if let Some(lang) = asked.get("lang") {
            self.said = Said::of(lang);
        }
        let answered = match (head.method.as_str(), head.path()) {
            ("POST", "/rule") if head.is_form() => self.rule(desk, &fields(body)).await,
            (_, "/rule") | ("POST", _) => {
                Ok(self.shown(desk, 405, self.said.kept_away, &views::kept_away(self.said, Why::Method)))
            }
            (_, "/") => self.list(desk).await,
            (_, "/refund") => {
                let key = asked.get("key").map(String::as_str).unwrap_or_default();
                let by = self.by.clone();
                self.case(desk, 200, key, Typed { by: &by, ..Typed::default() }).await
            }
            _ => Ok(self.shown(desk, 404, self.said.title, &views::empty(self.said.not_here, ""))),
        };
        answered.unwrap_or_else(|Failed(error)| {
            let is_missing = matches!(error["kind"].as_str(), Some("not_found" | "invalid_request"));
            let (status, title, why) =
                if is_missing { (404, self.said.not_here, "") } else { (503, self.said.failed, self.said.failed_why) };
            self.shown(desk, status, title, &views::empty(title, &format!("{why} {}", message(&error))))
        })
    }

    /// A stranger learns nothing of whose refunds these are.
    fn stranger(&self, status: u16, why: Why) -> Reply {
        let said = self.said;
        let text = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
             <link rel=\"stylesheet\" href=\"/style.css\"></head><body><main>{}</main></body></html>\n",
            said.lang,
            said.kept_away,
            views::kept_away(said, why)
        );
        Reply::new(status, HTML, text)
    }

    fn shown(&self, desk: &Desk, status: u16, title: &str, content: &str) -> Reply {
        Reply::new(status, HTML, views::page(desk, self.said, title, content))
    }

    async fn list(&mut self, desk: &mut Desk) -> Result<Reply, Failed> {
        let limit = match desk.own("limit") {
            Value::Null => 100.into(),
            limit => limit,
        };
        let waiting = desk.verb("in_review", vec![("limit", limit)]).await?;
        let counts = desk.verb("counts", Vec::new()).await?;
        let batches = desk.verb("batches", Vec::new()).await?;
        let flash = self.flash.take();
        let content = views::list(self.said, &waiting, &counts, &batches, flash.as_deref());
        Ok(self.shown(desk, 200, self.said.title, &content))
    }

    async fn case(&self, desk: &mut Desk, status: u16, key: &str, typed: Typed<'_>) -> Result<Reply, Failed> {
        let refund = desk.verb("get", vec![("key", key.into())]).await?;
        let journal = desk.verb("attempts", vec![("key", key.into())]).await?;
        Ok(self.shown(desk, status, key, &views::case(self.said, &refund, &journal, &typed)))
    }

    /// Asks whether a ruling is to be recorded; with the answer, writes it down.
    async fn rule(&mut self, desk: &mut Desk, fields: &HashMap<String, String>) -> Result<Reply, Failed> {
        let said = self.said;
        let field = |name: &str| fields.get(name).map(|value| value.trim()).unwrap_or_default();
        let key = field("key");
        let mut typed = Typed {
            by: field("by"),
            ruling: field("ruling"),
            note: field("note"),
            remaining: field("remaining"),
            wrong: Vec::new(),
        };
        let refund = desk.verb("get", vec![("key", key.into())]).await?;
        if as_seen(&refund) != field("seen") {
            typed.wrong.push(said.changed.to_owned());
            return self.case(desk, 409, key, typed).await;
        }
        let review = &refund["review"];
        let is_needed = review["needs_remaining"] == true;
        for (is_wrong, why) in [
            (!review[said.lang]["rulings"][typed.ruling].is_string(), said.choose),
            (typed.by.is_empty(), said.who_needed),
            (is_needed && typed.remaining.is_empty(), said.needed),
        ] {
            if is_wrong {
                typed.wrong.push(why.to_owned());
            }
        }
        if !typed.wrong.is_empty() {
            return self.case(desk, 400, key, typed).await;
        }
        typed.by.clone_into(&mut self.by);
        let does_send = matches!(typed.ruling, "retry" | "resend");
        let is_real = does_send && desk.money != Money::Unreal;
        let is_sure = field("sure") == "1";
        if is_sure && is_real && field("yes") != "yes" {
            typed.wrong.push(said.yes_needed.to_owned());
        }
        if !is_sure || !typed.wrong.is_empty() {
            let sends = format!("{} {}", said.sends, desk.gateway(said.lang));
            let content = views::confirm(said, &refund, &typed, does_send.then_some(&*sends), is_real);
            let status = if typed.wrong.is_empty() { 200 } else { 400 };
            return Ok(self.shown(desk, status, said.sure, &content));
        }
        let arguments = [
            ("key", key),
            ("ruling", typed.ruling),
            ("by", typed.by),
            ("note", typed.note),
            ("remaining", typed.remaining),
        ];
        let given = arguments.into_iter().filter(|(_, value)| !value.is_empty());
        let given: Map<_, _> = given.map(|(name, value)| (name.to_owned(), value.into())).collect();
        match desk.host.verb("resolve", given).await {
            Ok(ruled) => {
                self.flash = Some(format!("{key} · {} · {}", typed.ruling, shown(&ruled["state"])));
                Ok(to("/"))
            }
            Err(Failed(error)) if error["kind"] == "ruling" || error["kind"] == "invalid_request" => {
                let why = match &error["until"] {
                    Value::Null => message(&error),
                    until => format!("{} {}", said.until, kst(until)),
                };
                typed.wrong.push(format!("{} {why}", said.refused));
                self.case(desk, 409, key, typed).await
            }
            Err(failed) => Err(failed),
        }
    }
}

/// Sends the browser there, so that loading again does nothing again.
fn to(place: &str) -> Reply {
    let mut reply = Reply::new(303, HTML, "");
    reply.header("Location", place.to_owned());
    reply
}
