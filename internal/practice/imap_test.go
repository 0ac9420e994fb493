package practice_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"postkey/internal/practice"
)

func TestIMAPInTwoSteps(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	conn, err := tls.Dial("tcp", tenant.Cloud().IMAP, tlsConfig(tenant))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := &popConn{t, conn, bufio.NewReader(conn)}
	p.want(p.line(), "* OK")
	p.want(p.send("A1 AUTHENTICATE XOAUTH2"), "+ ")
	p.want(p.send(base64.StdEncoding.EncodeToString(xoauth2Client{user: v.Address, token: token + "x"}.line())), "A1 NO AUTHENTICATE failed.")
	p.want(p.send("A2 AUTHENTICATE XOAUTH2"), "+ ")
	p.want(p.send("dXNlcj0="), "A2 NO AUTHENTICATE failed.")
	p.want(p.send("A3 AUTHENTICATE XOAUTH2"), "+ ")
	p.want(p.send(base64.StdEncoding.EncodeToString(xoauth2Client{user: v.Address, token: token}.line())), "A3 OK")
	p.want(p.send("A4 UID MOVE 1 Drafts"), "A4 BAD")
	p.want(p.send("A5 DELETE INBOX"), "A5 NO")
	p.want(p.send("A6 RENAME INBOX Old"), "A6 NO")
	p.want(p.send("A7 NOOP"), "A7 OK")
}

func TestFolders(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	if err := tenant.Deliver(v.Address, []byte(message("a@b.example", v.Address, "one"))); err != nil {
		t.Fatal(err)
	}
	c, err := openIMAP(t, tenant, v.Address, signIn(t, tenant, v.Address).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		err  error
	}{
		{"CREATE", c.Create("Old", nil).Wait()},
		{"SUBSCRIBE", c.Subscribe("Old").Wait()},
		{"UNSUBSCRIBE", c.Unsubscribe("Old").Wait()},
		{"RENAME", c.Rename("Old", "Older", nil).Wait()},
		{"COPY", func() error { _, err := c.Copy(imap.SeqSetNum(1), "Older").Wait(); return err }()},
	} {
		if step.err != nil {
			t.Errorf("%s: %v", step.name, step.err)
		}
	}
	if _, err := c.Copy(imap.SeqSetNum(1), "INBOX").Wait(); err == nil {
		t.Error("COPY into the inbox went through")
	}
	status, err := c.Status("Older", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil || *status.NumMessages != 1 {
		t.Errorf("STATUS: %+v, %v", status, err)
	}
	names, err := c.Namespace().Wait()
	if err != nil || len(names.Personal) != 1 {
		t.Errorf("NAMESPACE: %+v, %v", names, err)
	}
	if err := c.Delete("Older").Wait(); err != nil {
		t.Error(err)
	}
	all, err := c.List("", "*", nil).Collect()
	if err != nil || len(all) != 4 {
		t.Errorf("LIST: %d folders, %v", len(all), err)
	}
	big := c.Append("Drafts", 36<<20, nil)
	if _, err := io.CopyN(big, zeros{}, 36<<20); err != nil {
		t.Fatal(err)
	}
	if err := big.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := big.Wait(); err == nil {
		t.Error("a message of 36 MiB was taken")
	}
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestEndlessDeliveryKeepsTheNewest(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	const each = 10 << 20
	for i := range 8 {
		body := message("a@b.example", v.Address, fmt.Sprint("big", i)) + strings.Repeat("x", each)
		if err := tenant.Deliver(v.Address, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	kept := tenant.Inbox(v.Address)
	if len(kept) == 0 || len(kept) > 6 || !strings.Contains(string(kept[len(kept)-1]), "<big7@test>") {
		t.Errorf("%d messages are kept", len(kept))
	}
	c, err := openIMAP(t, tenant, v.Address, signIn(t, tenant, v.Address).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	if err != nil || len(found.AllUIDs()) != len(kept) {
		t.Errorf("IMAP has %v, POP %d messages: %v", found, len(kept), err)
	}
}
