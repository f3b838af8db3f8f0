//! Writes requests: plausible ones, damaged in one place, and some of nothing but pieces.

use super::*;

impl Sender {
    pub(super) fn request(&mut self) -> Sent {
        loop {
            let wanted = self.dice.one(&self.wanted).copied();
            let sent = match (self.dice.roll(20), wanted) {
                (10.., Some(Target::Operation(index))) => self.operation(index),
                (10.., Some(Target::Control(index))) => Some(self.control(index)),
                (0..5, _) => Some(self.garbage()),
                (5..7, _) => {
                    let index = self.dice.roll(CONTROL.len());
                    // Moving the clock closes conversations.
                    let index = if CONTROL[index].0 == "clock" && self.dice.roll(4) > 0 { 0 } else { index };
                    Some(self.control(index))
                }
                _ => {
                    let index = self.dice.roll(self.api.operations.len());
                    let operation = &self.api.operations[index];
                    // A deleted resource is of no further use.
                    if operation.method == "DELETE" && self.dice.roll(3) > 0 { None } else { self.operation(index) }
                }
            };
            if let Some(sent) = sent {
                return sent;
            }
        }
    }

    /// A request of the API, perhaps of a chat user. `None` if no known resource fits.
    fn operation(&mut self, index: usize) -> Option<Sent> {
        let api = self.api.clone();
        let operation = &api.operations[index];
        let (mut path, mut query) = self.stock.path(&mut self.dice, operation)?;
        let mut form = self.stock.form(&mut self.dice, &operation.form);
        let mut whole = true;
        match self.dice.roll(20) {
            0 => {
                whole = false;
                let at = self.dice.roll(path.len() - 1) + 1;
                path[at] = self.piece();
            }
            1 => {
                // A resource of another account.
                let at = path.iter().rposition(|segment| segment.len() == 34);
                if let Some(at) = at {
                    path[at] = self.dice.one(&self.known)?.clone();
                }
            }
            2 | 3 => self.damage(&mut query),
            _ => {}
        }
        if self.dice.roll(3) == 0 {
            self.damage(&mut form);
        }
        let encode = |segment: &String| {
            if whole { utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string() } else { segment.clone() }
        };
        let mut path = path.iter().map(encode).collect::<Vec<_>>().join("/");
        if self.dice.roll(12) == 0 {
            path = format!("/_emulator/as/{}{path}", self.dice.pick(&["alice", "bob", "%C3%BC%22", "%ff", "system"]));
        }
        let target = whole.then_some(Target::Operation(index));
        Some(Sent { bytes: self.write(operation.method, &path, &query, &form), target })
    }

    fn control(&mut self, index: usize) -> Sent {
        let (mut path, mut form) = self.stock.control(&mut self.dice, index);
        let mut whole = true;
        match self.dice.roll(12) {
            0 => {
                whole = false;
                path = format!("{path}{}", self.piece());
            }
            1 => {
                whole = false;
                path = format!("deliveries{}/resend", self.dice.pick(&["", "/", "/x", "/-1", "/%31"]));
            }
            2 => form.push(("AccountSid".to_owned(), self.dice.pick(&[OTHER, "", "AC1", "\u{0}"]).to_owned())),
            3..6 => self.damage(&mut form),
            _ => {}
        }
        if self.dice.roll(20) == 0 {
            let path =
                format!("/_emulator{}", self.dice.pick(&["", "/deliveries", "/clock", "/as/alice", "/as//v1/Users"]));
            let mut query = vec![("Limit".to_owned(), "2".to_owned())];
            query.push((self.dice.pick(&["Conversation", "State", "Event", "Id"]).to_owned(), self.piece()));
            return Sent { bytes: self.write("GET", &path, &query, &Vec::new()), target: None };
        }
        let target = whole.then_some(Target::Control(index));
        Sent { bytes: self.write("POST", &format!("/_emulator/{path}"), &Vec::new(), &form), target }
    }

    /// A request that consists of nothing but pieces. Now and then it has bytes that no request should have.
    fn garbage(&mut self) -> Sent {
        let method = self.dice.pick(&["GET", "POST", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "BREW"]);
        let mut path = String::from(if self.dice.roll(4) > 0 { "/v1" } else { "" });
        for _ in 0..self.dice.roll(7) {
            path.push('/');
            path.push_str(&self.piece());
        }
        if path.is_empty() {
            path.push('/');
        }
        let mut pairs = Vec::new();
        for _ in 0..self.dice.roll(4) {
            pairs.push((self.dice.pick(&NAMES).to_owned(), self.dice.pick(&VALUES).to_owned()));
        }
        Sent { bytes: self.write(method, &path, &Vec::new(), &pairs), target: None }
    }

    /// A piece of a path, or a placeholder of another account's resource.
    fn piece(&mut self) -> String {
        let piece = match self.dice.roll(3) {
            0 => self.dice.one(&self.known).cloned().unwrap_or_default(),
            _ => self.dice.pick(&PIECES).to_owned(),
        };
        piece.chars().filter(|character| character.is_ascii_graphic() && *character != '#').collect()
    }

    /// Damages a form or a query.
    fn damage(&mut self, pairs: &mut Pairs) {
        let at = self.dice.roll(pairs.len().max(1));
        match (self.dice.roll(8), pairs.get_mut(at)) {
            (0..4, Some(pair)) => pair.1 = self.dice.pick(&VALUES).to_owned(),
            (4, Some(_)) => drop(pairs.remove(at)),
            (5, Some(pair)) => {
                let again = (pair.0.clone(), self.dice.pick(&VALUES).to_owned());
                pairs.push(again);
            }
            (6, Some(pair)) => {
                let times = self.dice.pick(&[300, 300, 300, 2_000, 2_000, 17_000]);
                pair.1 = self.dice.pick(&["x", "\u{1F600}", "[", "\0", "\""]).repeat(times);
            }
            _ => pairs.push((self.dice.pick(&NAMES).to_owned(), self.dice.pick(&VALUES).to_owned())),
        }
    }

    fn write(&mut self, method: &str, path: &str, query: &Pairs, form: &Pairs) -> Vec<u8> {
        let dice = &mut self.dice;
        let encode = |pairs: &Pairs| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut target = path.to_owned();
        if !query.is_empty() {
            target = format!("{target}?{}", encode(query));
        }
        if dice.roll(60) == 0 {
            let mark = if query.is_empty() { '?' } else { '&' };
            target = format!(
                "{target}{mark}{}",
                dice.pick(&["%", "%ff=%fe", "&&==", "PageToken=PTn%00", "PageSize=0", "+"])
            );
        }
        let mut body = Vec::new();
        if method == "POST" {
            body = encode(form).into_bytes();
            match dice.roll(400) {
                0 => body.extend([0xff, 0xfe, 0x00, b'&', b'=', 0x80]),
                1 => body.extend(std::iter::repeat_n(b'a', 40_000)),
                2 => body = [b"Body=".as_slice(), &vec![b'%'; 20_000]].concat(),
                3 => body.extend(b"&%f=%&%ff%00=&=&Attributes"),
                _ => {}
            }
            if dice.roll(2000) == 0 {
                // The largest accepted body.
                body = [b"Attributes=".as_slice(), &vec![b'['; 1024 * 1024 - 11]].concat();
            }
        }
        let content_type = match dice.roll(40) {
            0 => "application/json",
            1 => "x",
            2 => "Application/X-WWW-form-urlencoded ; charset=x",
            _ => "application/x-www-form-urlencoded",
        };
        let aloud = match dice.roll(40) {
            0 => "x-twilio-webhook-enabled: \u{e9}\r\n",
            1..4 => "x-twilio-webhook-enabled: true\r\n",
            _ => "",
        };
        let host = if dice.roll(40) == 0 { "evil.example" } else { &self.host };
        // A control request without credentials would act for the first account.
        let login = if dice.roll(60) == 0 && path.starts_with("/v1/") { "Zm9v" } else { &self.login };
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {login}\r\n{aloud}content-type: \
             {content_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    }
}
