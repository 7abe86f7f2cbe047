# Mark what bears a stamp that verifies with a pinned key with the IMAP
# keyword $ReceivedOverTLS.
#
# It relies on nothing but the keys of /etc/hopseal/pinned.keys: whichever way
# a message came, a stamp that was forged or whose message was changed gets no
# mark.  Name the domains that you pin, each one a string of the list.
#
# Whatever happens to the program, the message is delivered: if it says no,
# fails, hangs or is not there, then without the mark.
require ["imap4flags", "vnd.dovecot.execute"];

if execute :pipe "hopseal-verify" ["example.org"] {
	addflag "$ReceivedOverTLS";
}
