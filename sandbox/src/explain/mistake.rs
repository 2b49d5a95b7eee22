//! Every mistake, with its name and its words.

macro_rules! mistakes {
    ($($variant:ident $name:literal $korean:literal $english:literal)*) => {
        /// A mistake in a signature or in what was signed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mistake { $($variant),* }

        impl Mistake {
            /// Every mistake there is.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the journal.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Its words in Korean.
            pub(crate) fn korean(self) -> &'static str {
                match self { $(Self::$variant => $korean),* }
            }

            /// Its words in English.
            pub(crate) fn english(self) -> &'static str {
                match self { $(Self::$variant => $english),* }
            }
        }
    };
}

mistakes! {
    SignKeyNotHashed "sign_key_not_hashed" "사인키를 해시하지 않음" "the sign key is not hashed: mkey is its SHA-256 in hex"
    KeyHashedTwice "key_hashed_twice" "사인키를 두 번 해시함" "the sign key is hashed twice"
    KeyUpperCase "mkey_upper_case" "mkey가 대문자" "mkey is in upper-case hex: lower case it"
    KeyWhiteSpace "key_white_space" "사인키 앞뒤 공백 또는 줄바꿈" "white space or a newline at the sign key"
    KeyQuoted "key_quoted" "사인키에 따옴표 포함" "quotation marks around the sign key"
    KeyBase64Decoded "key_base64_decoded" "사인키를 base64로 디코딩함" "the sign key is base64-decoded: hash its text"
    KeyFormDecoded "key_form_decoded" "사인키가 폼 디코딩됨" "the sign key is form-decoded: its + or % is lost"
    KeyFormEncoded "key_form_encoded" "사인키가 폼 인코딩됨" "the sign key is form-encoded before hashing"
    KeyLetterCase "key_letter_case" "사인키 대소문자 변경" "the sign key's letter case is changed"
    KeyOtherHash "key_other_hash" "사인키를 SHA-512로 해시함" "the sign key is hashed by SHA-512: use SHA-256"
    KeyEmpty "key_empty" "사인키가 비어 있음" "the key is empty"
    KeyHidden "key_undefined" "사인키 변수가 비어 있음" "the key is the text null, None or undefined"
    OtherMerchant "other_merchants_key" "다른 가맹점의 키" "another merchant's key"
    MkeySpelling "mkey_spelling" "서명 원문의 mKey 표기" "mKey= in the signed text: it is mkey="
    TimestampSpelling "timestamp_spelling" "서명 원문의 timestamp 표기" "the signed text must spell timestamp="
    SignKeyName "sign_key_name" "서명 원문의 signKey 표기" "signKey= in the signed text: it is mkey="
    TrailingAmpersand "trailing_ampersand" "서명 원문 끝의 &" "a trailing & in the signed text"
    LeadingMark "leading_mark" "서명 원문 앞의 & 또는 ?" "a leading & or ? in the signed text"
    BareConcatenation "bare_concatenation" "값만 이어 붙임" "bare values are signed: join name=value pairs by &"
    NameValue "name_value" "name=value로 이어 붙임" "name=value pairs are signed: join the bare values"
    FieldOrder "field_order" "서명 필드 순서" "the order of the signed text is mid, mkey, timestamp"
    Escaped "text_escaped" "서명 원문이 이스케이프됨" "the signed text is escaped: sign it as it is"
    TextWhiteSpace "text_white_space" "서명 원문의 공백 또는 줄바꿈" "white space or a newline in the signed text"
    MidLetterCase "mid_letter_case" "가맹점ID 대소문자" "the mid in another letter case"
    MidWhiteSpace "mid_white_space" "가맹점ID 앞뒤 공백" "white space around the mid"
    MidForm "mid_form_coded_twice" "가맹점ID가 두 번 폼 변환됨" "the mid is form-coded twice"
    MidOther "other_mid" "다른 가맹점ID로 서명함" "another mid is signed than posted"
    TimestampPosted "timestamp_not_the_posted" "다른 timestamp로 서명함" "another timestamp is signed than posted"
    TimestampForm "timestamp_form" "timestamp 형식이 다름" "the timestamp is signed in another form than posted"
    TimestampUtc "local_time_utc" "KST가 아닌 UTC로 서명함" "UTC is signed instead of the posted KST"
    TimestampLocal "local_time" "KST가 아닌 현지 시간으로 서명함" "local time is signed instead of the posted KST"
    TimestampPostedLocal "local_time_posted" "KST로 서명하고 현지 시간을 전송함" "KST is signed, but local time or UTC is posted"
    TimestampEmpty "timestamp_empty" "timestamp 없이 서명함" "no timestamp is signed"
    SignatureWhiteSpace "signature_white_space" "서명값 앞뒤 공백" "white space around the signature"
    UpperCaseHex "upper_case_hex" "서명값이 대문자" "the signature is in upper-case hex: lower case it"
    Base64Digest "base64_digest" "서명값이 base64" "the signature is in base64: write it in hex"
    Md5 "md5" "MD5 길이의 서명값" "the signature is as long as MD5: use SHA-256"
    Sha1 "sha1" "SHA-1 길이의 서명값" "the signature is as long as SHA-1: use SHA-256"
    Sha512 "sha512" "SHA-512 길이의 서명값" "the signature is as long as SHA-512: use SHA-256"
    CutOff "cut_off" "잘린 서명값" "the signature is cut off: 64 hex digits are needed"
    NotHex "not_hex" "16진수가 아닌 서명값" "the signature is no 64 hex digits"
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Mistake;

    #[test]
    fn every_mistake_has_a_name_and_fits_into_a_message() {
        let names: HashSet<&str> = Mistake::ALL.iter().map(|mistake| mistake.name()).collect();
        assert_eq!(names.len(), Mistake::ALL.len());
        for mistake in Mistake::ALL {
            let message = format!("검증값 오류: {} ({})", mistake.korean(), mistake.english());
            assert!(message.chars().count() <= 100, "{message}");
            for other in Mistake::ALL {
                let words = [mistake.korean(), other.korean(), mistake.name(), other.name()];
                let length: usize = words.iter().map(|word| word.chars().count()).sum();
                assert!("검증값 오류: ; (; )".chars().count() + length <= 100, "{words:?}");
            }
        }
    }
}
