# Mark what the stamp of our own MTA calls received over TLS with the IMAP
# keyword $ReceivedOverTLS.  No signature is checked here.
#
# It relies on hopseald: with operation "stamp" or "enforce" it removes from
# the mail of strangers each stamp that claims example.org or what is below
# it, each that it cannot parse, and each with an encoded word, which Sieve
# would decode.  So a stamp of d=example.org was put there by us, if all mail
# to this store comes through that hopseald, and its trusted-hosts do not hand
# on the mail of strangers.  If you are not sure of that, use
# hopseal-verified.sieve.
#
# Write your own domain for example\\.org: the stamp's d=, not your host.
# The name of the tag is matched with what stands before it, and with its
# case: unknown tags of a foreign stamp may end in `d`, or be named `D`.
require ["imap4flags", "regex"];

if header :comparator "i;octet" :regex "Delivered-Securely"
    "(^|;)[[:space:]]*d[[:space:]]*=[[:space:]]*example\\.org[[:space:]]*(;|$)" {
	addflag "$ReceivedOverTLS";
}
