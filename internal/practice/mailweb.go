package practice

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"postkey/oauth"
)

// serveOffice starts EWS and Graph, over TLS with the certificate of the mail servers.
func (t *Tenant) serveOffice() {
	mux := http.NewServeMux()
	t.graphRoutes(mux)
	mux.HandleFunc("POST /EWS/Exchange.asmx", t.ews)
	t.office = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !onLoopback(&url.URL{Host: r.Host}) {
				http.Error(w, "this service is for this machine alone", http.StatusMisdirectedRequest) // against DNS rebinding
				return
			}
			w.Header().Set("request-id", newGUID())
			r.Body = http.MaxBytesReader(w, r.Body, 2*maxMessage)
			mux.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(t.log.Handler(), slog.LevelDebug),
	}
	t.serve("ews and graph", func() error { return t.office.Serve(tls.NewListener(t.officeGate, t.mailTLS())) })
}

// officeFault is why a request of EWS or Graph is refused before its mailbox is
// looked at.
type officeFault int

const (
	officeOK officeFault = iota
	officeToken
	officeAudience
	officeBusy
	officeGone // the connection is cut
)

// officeLogin checks the bearer token of a request for a resource.
func (t *Tenant) officeLogin(w http.ResponseWriter, r *http.Request, good func(audience string) bool) (accessClaims, officeFault) {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims, err := t.tokens.check(oauth.NewSecret(bearer))
	switch {
	case err != nil || t.findApp(claims.AppID) == nil:
		return claims, officeToken
	case !good(claims.Audience):
		return claims, officeAudience
	case t.broken(FaultHangUp):
		hangUp(w)
		return claims, officeGone
	case t.broken(FaultThrottledMail):
		return claims, officeBusy
	}
	return claims, officeOK
}

func ofExchange(audience string) bool {
	return audience == exchangeAppID || slices.ContainsFunc(mailAPIs, func(r resource) bool { return r.audience == audience })
}

func ofGraph(audience string) bool { return audience == graph.audience || audience+"/" == graph.prefix }

// hangUp cuts the connection of a request without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	cut(conn)
	_ = conn.Close() // the gate waits for it
}

// submit delivers a message to mailboxes of the tenant, as the faults have it.
func (t *Tenant) submit(from string, to []*mailbox, message []byte) error {
	received := fmt.Sprintf("Received: from %s by %s with Microsoft SMTP Server (practice); %s\r\n",
		"localhost", serverName, t.opts.Now().UTC().Format(time.RFC1123Z))
	message = append([]byte(received), message...)
	switch {
	case t.broken(FaultNeverArrives):
		return nil
	case t.broken(FaultBounce):
		return t.bounce(from, to, message)
	}
	var errs []error
	for _, box := range to {
		errs = append(errs, box.deliver(message))
	}
	return errors.Join(errs...)
}

// keepSent puts a copy of a sent message into Sent Items.
func (b *mailbox) keepSent(message []byte) error {
	_, err := b.add(sentItems, message, &imap.AppendOptions{Time: b.now(), Flags: []imap.Flag{imap.FlagSeen}})
	return err
}

// itemID names a message for EWS and Graph; like theirs it holds characters that
// mean something in an address.
func itemID(folder string, uid imap.UID) string {
	return base64.StdEncoding.EncodeToString([]byte("\xff\xef practice " + folder + "\x00" + strconv.FormatUint(uint64(uid), 10)))
}

// parseItemID undoes itemID.
func parseItemID(id string) (folder string, uid imap.UID, ok bool) {
	text, err := base64.StdEncoding.DecodeString(id)
	rest, found := strings.CutPrefix(string(text), "\xff\xef practice ")
	folder, number, both := strings.Cut(rest, "\x00")
	n, numErr := strconv.ParseUint(number, 10, 32)
	return folder, imap.UID(n), err == nil && found && both && numErr == nil
}

// item finds a message by what itemID named it.
func (b *mailbox) item(id string) (folder string, m storedMessage, ok bool) {
	folder, uid, ok := parseItemID(id)
	if !ok || b.kept[folder] == nil {
		return "", m, false
	}
	list, err := b.list(folder)
	i := slices.IndexFunc(list, func(m storedMessage) bool { return m.uid == uid })
	if err != nil || i < 0 {
		return "", m, false
	}
	return folder, list[i], true
}

// wellKnown is the folder of a name that EWS and Graph share.
func wellKnown(name string) (folder string, ok bool) {
	switch strings.ToLower(name) {
	case "inbox":
		return inbox, true
	case "sentitems":
		return sentItems, true
	}
	return "", false
}

// newest returns the messages of a folder, newest first.
func (b *mailbox) newest(folder string) ([]storedMessage, error) {
	list, err := b.list(folder)
	slices.Reverse(list)
	return list, err
}

// storedHeader is what lists show of a message.
type storedHeader struct{ subject, messageID, from, kind string }

func (m storedMessage) header() storedHeader {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.body))
	if err != nil {
		return storedHeader{}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		subject = parsed.Header.Get("Subject")
	}
	h := storedHeader{subject: subject, messageID: parsed.Header.Get("Message-Id")}
	if from, err := mail.ParseAddress(parsed.Header.Get("From")); err == nil {
		h.from = from.Address
	}
	h.kind, _, _ = mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	return h
}

// sendsAsOther reports whether a message claims a sender that the application,
// acting as the mailbox, may not be.
func (t *Tenant) sendsAsOther(box *mailbox, message []byte) bool {
	return t.broken(FaultSendAsDenied) || slices.ContainsFunc(senders(box.address, message), func(a string) bool {
		return !strings.EqualFold(a, box.address) && !t.inGroup(a)
	})
}

// send submits a message of the mailbox to those of the addresses that are the
// tenant's, and keeps a copy.
func (t *Tenant) send(box *mailbox, to []*mail.Address, message []byte) error {
	var boxes []*mailbox
	for _, a := range to {
		if b := t.mail.find(a.Address); b != nil && !slices.Contains(boxes, b) {
			boxes = append(boxes, b)
		}
	}
	return errors.Join(box.keepSent(message), t.submit(box.address, boxes, message))
}
