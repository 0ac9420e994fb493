package e2e

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
)

// childVariable makes the test binary one of the processes of TestKilled while
// it rotates: the one that is killed, or the one that looks at what is left.
const childVariable = "POSTKEY_E2E_CHILD"

// killJob is what such a process is told on standard input.
type killJob struct {
	Dir   string
	Cloud oauth.Cloud
	Roots string // PEM
	// Values are the two client secrets, Ends the last day of each.
	Values, Ends [2]string
	Tenant       string
	Client       string
	Address      string
}

// child is the life of such a process.
func child(kind string) error {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var job killJob
	if err := json.Unmarshal(line, &job); err != nil {
		return err
	}
	if kind == "rotate" {
		return job.rotateForEver()
	}
	id, err := job.setUp()
	if err != nil {
		return err
	}
	fmt.Println("connected", id)
	for {
		if _, err := in.ReadBytes('\n'); err != nil {
			return nil // the test is over
		}
		if err := job.judge(id); err != nil {
			fmt.Println("wrong", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
}

// bench is the workbench of a process that starts now.
func (j killJob) bench() (*wizard.Workbench, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	cat.Add(j.Cloud)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(j.Roots))
	s, err := store.Open(j.Dir)
	if err != nil {
		return nil, err
	}
	w := &wizard.Workbench{
		Catalog: cat, Store: s, Vault: store.NewKeyring(), Roots: roots, Practice: true,
		OpenBrowser: func(_ context.Context, url string) error {
			fmt.Println("browse", url)
			return nil
		},
	}
	return w, w.Recover(context.Background())
}

// setUp makes a connection with the first secret.
func (j killJob) setUp() (id string, err error) {
	w, err := j.bench()
	if err != nil {
		return "", err
	}
	defer w.Close()
	ctx := context.Background()
	d := w.NewDraft()
	d.Name, d.TenantID, d.ClientID, d.RedirectHost = "Support", j.Tenant, j.Client, "motion.contoso.example"
	d.SecretExpires, d.Protocols, d.Mailbox.Address = j.Ends[0], []string{wizard.ProtocolIMAP}, j.Address
	if err := w.PutSecret(ctx, d.ID, oauth.NewSecret(j.Values[0])); err != nil {
		return "", err
	}
	session, err := w.SignIn(ctx, d, false)
	if err != nil {
		return "", err
	}
	defer session.Close()
	in, err := session.Wait(ctx)
	if err != nil {
		return "", err
	}
	if err := w.SignedIn(ctx, d, in); err != nil {
		return "", err
	}
	c, err := w.Save(ctx, d)
	return c.ID, err
}

// rotateForEver rotates from one secret to the other and back until it is killed.
func (j killJob) rotateForEver() error {
	w, err := j.bench()
	if err != nil {
		return err
	}
	ctx := context.Background()
	all, err := w.Store.Connections(ctx)
	if err != nil || len(all) != 1 {
		return fmt.Errorf("%d connections, %w", len(all), err)
	}
	c := all[0]
	fmt.Println("go")
	for {
		is, err := w.SecretOf(ctx, c)
		if err != nil {
			return err
		}
		next := 0
		if is.Reveal() == j.Values[0] {
			next = 1
		}
		day, err := store.ParseDate(j.Ends[next])
		if err != nil {
			return err
		}
		if c, err = w.Rotate(ctx, c.ID, wizard.Credential{Secret: oauth.NewSecret(j.Values[next]), Expires: day}, func(e wizard.RotateEvent) {
			if e.Step == wizard.RotateStore && e.Status == check.Running {
				fmt.Println("store")
			}
		}); err != nil {
			return err
		}
	}
}

// judge is the next start after a kill: it says which of the two secrets the
// connection works with, and what is wrong.
func (j killJob) judge(id string) error {
	left, err := claimed(j.Dir)
	if err != nil {
		return err
	}
	w, err := j.bench()
	if err != nil {
		return err
	}
	defer w.Close()
	ctx := context.Background()
	c, err := w.Store.Connection(ctx, id)
	if err != nil {
		return err
	}
	secret, err := w.SecretOf(ctx, c)
	if err != nil {
		return err
	}
	at := slices.Index(j.Values[:], secret.Reveal())
	switch {
	case at < 0:
		return errors.New("a third secret is in use")
	case c.SecretExpires.String() != j.Ends[at]:
		return fmt.Errorf("secret %d is in use, and its end is said to be %s", at, c.SecretExpires)
	}
	if res, findings := w.Test(ctx, c, nil); !res.OK() {
		return fmt.Errorf("it does not work: %v", findings)
	}
	names, err := keyringItems(id)
	if err != nil {
		return err
	}
	for _, name := range names {
		key, _, _ := strings.Cut(strings.Replace(name, "/b/", "/a/", 1), "/a/")
		if !c.Uses(key) {
			return fmt.Errorf("left in the keyring: %s", name)
		}
	}
	if claims, err := w.Store.Claims(ctx); err != nil || len(claims) > 0 {
		return fmt.Errorf("claims: %+v, %w", claims, err)
	}
	if rest, _ := filepath.Glob(filepath.Join(j.Dir, ".*")); len(rest) > 0 {
		return fmt.Errorf("left in the folder: %v", rest)
	}
	fmt.Println("works", at, left)
	return nil
}

// claimed is how many claims the killed process has left: how far it was.
func claimed(dir string) (int, error) {
	s, err := store.Open(dir)
	if err != nil {
		return 0, err
	}
	claims, err := s.Claims(context.Background())
	return len(claims), err
}

// keyringItems are the names of all items of a connection, asked of the Secret
// Service itself.
func keyringItems(id string) ([]string, error) {
	const name = "org.freedesktop.secrets"
	bus, err := dbus.SessionBus()
	if err != nil {
		return nil, err
	}
	var open, locked []dbus.ObjectPath
	if err := bus.Object(name, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.SearchItems", 0,
		map[string]string{"service": "postkey"}).Store(&open, &locked); err != nil {
		return nil, err
	}
	var names []string
	for _, path := range append(open, locked...) {
		var attributes map[string]string
		v, err := bus.Object(name, path).GetProperty("org.freedesktop.Secret.Item.Attributes")
		if err != nil {
			continue // another connection's, which has just removed it
		}
		if err := v.Store(&attributes); err != nil {
			return nil, err
		}
		if strings.HasPrefix(attributes["username"], id+"/") {
			names = append(names, attributes["username"])
		}
	}
	return names, nil
}
