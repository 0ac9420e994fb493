// Package mail speaks IMAP, POP and SMTP to one server each, with TLS and
// XOAUTH2 alone, and Graph and EWS with a bearer token: the ways Microsoft 365
// lets an application in. DialIMAP, DialPOP, DialSMTP, DialGraph and DialEWS
// start a session; its methods are the hops of a test.
//
// It returns typed errors with the server's own words. It does not interpret
// them, retries only where Graph and EWS ask for it, and is no general mail client.
package mail

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Options says how to reach a server. The zero value is ready to use.
type Options struct {
	// RootCAs verify the server's certificate; nil: the system's roots.
	RootCAs *x509.CertPool
	// Connect limits name resolution and TCP together; 0: 15 seconds.
	Connect time.Duration
	// TLS limits the handshake; 0: 15 seconds.
	TLS time.Duration
	// Command limits one command until its answer; 0: 30 seconds.
	Command time.Duration
	// Submit limits the wait for the answer to a whole message; 0: 60 seconds.
	Submit time.Duration
	// Poll is how often IMAP looks for new mail by itself: every 12 seconds
	// beside IDLE and every 3 seconds without it when 0.
	Poll time.Duration
	// Junk is how long IMAP, Graph and EWS wait for a message in the inbox before
	// they look into the folder for junk as well, and how often; 0: 15 seconds.
	Junk time.Duration
	// Patience is how long one request of Graph or EWS may wait in all where
	// the server asks to come back later; 0: 1 minute.
	Patience time.Duration
	// Pool keeps the connections of Graph and EWS for further sessions with the
	// same server; nil: each session has its own.
	Pool *Pool
	// Trace is asked, for each connection of IMAP, POP and SMTP, for what hears
	// its dialogue: all that goes over it within TLS, secrets included. Nil: nobody.
	Trace func(protocol, server string) func(sent bool, p []byte)
	// Web wraps the transport of Graph and EWS, to hear requests and answers.
	Web func(http.RoundTripper) http.RoundTripper

	dial func(ctx context.Context, network, address string) (net.Conn, error) // nil: net.Dialer
}

func (o Options) withDefaults() Options {
	o.Connect = cmp.Or(o.Connect, 15*time.Second)
	o.TLS = cmp.Or(o.TLS, 15*time.Second)
	o.Command = cmp.Or(o.Command, 30*time.Second)
	o.Submit = cmp.Or(o.Submit, 60*time.Second)
	o.Junk = cmp.Or(o.Junk, 15*time.Second)
	o.Patience = cmp.Or(o.Patience, time.Minute)
	if o.dial == nil {
		o.dial = (&net.Dialer{}).DialContext // happy eyeballs are its default
	}
	return o
}

// webPoll is how often Graph and EWS are asked for new mail.
func (o Options) webPoll() time.Duration { return cmp.Or(o.Poll, pollPlain) }

// checkLogin refuses a user name that could break out of the XOAUTH2 string.
func checkLogin(login string) error {
	if login == "" {
		return errors.New("the user name is empty")
	}
	if strings.ContainsFunc(login, isControl) {
		return errors.New("the user name contains a control character")
	}
	return nil
}

// checkAddress refuses what must not stand between the brackets of MAIL FROM and RCPT TO.
func checkAddress(address string) error {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || domain == "" || len(address) > 254 {
		return fmt.Errorf("%q is not a mail address", address)
	}
	if strings.ContainsFunc(address, func(r rune) bool { return isControl(r) || r > '~' || strings.ContainsRune(" <>", r) }) {
		return fmt.Errorf("the address %q contains a character that SMTP does not carry", address)
	}
	return nil
}

// farewell is how long the answer to a goodbye is waited for.
const farewell = 5 * time.Second

func isControl(r rune) bool { return r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) }
