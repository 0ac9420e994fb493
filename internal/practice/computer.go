package practice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"postkey/oauth"
	"postkey/store"
)

// Hosts of the mail servers under a fault. The first ends in .invalid, which no
// DNS knows (RFC 6761, section 6.4); the second is the limited broadcast address,
// to which TCP has no way (RFC 1122, section 4.2.3.10).
const (
	unknownHost     = "mail.contoso.invalid"
	unreachableHost = "255.255.255.255"
)

// mailHost is where Cloud says that the mail servers are.
func (t *Tenant) mailHost() string {
	switch {
	case t.broken(FaultHostUnknown):
		return unknownHost
	case t.broken(FaultHostUnreachable):
		return unreachableHost
	}
	return "localhost"
}

// How long a sign-in waits for the browser under a fault of which nothing better
// comes. The second leaves time for a person to go through the pages.
const (
	hangsWithin  = 20 * time.Second
	othersWithin = time.Minute
)

// SignInWithin is how long a sign-in should wait for the browser now, 0 for as
// long as usual: nobody wants to look at a fault for five minutes.
func (t *Tenant) SignInWithin() time.Duration {
	usual := t.opts.SignInWithin
	switch {
	case t.broken(FaultNoBrowser):
		return usual // the address can be copied, and opened by hand
	case t.broken(FaultSignInHangs):
		return cmp.Or(usual, hangsWithin)
	case t.broken(FaultOtherSignIn):
		return cmp.Or(usual, othersWithin)
	}
	return 0
}

// errNoBrowser is what FaultNoBrowser says.
var errNoBrowser = fmt.Errorf("%w: xdg-open: no method available for opening the address", oauth.ErrBrowser)

// Browser makes of something that opens an address in a browser one that feels
// the faults: under FaultNoBrowser it opens nothing, under FaultOtherSignIn the
// address with the state of another sign-in. Nil stays nil.
func (t *Tenant) Browser(open func(ctx context.Context, address string) error) func(ctx context.Context, address string) error {
	if open == nil {
		return nil
	}
	return func(ctx context.Context, address string) error {
		switch {
		case t.broken(FaultNoBrowser):
			return errNoBrowser
		case t.broken(FaultOtherSignIn):
			u, err := url.Parse(address)
			if err != nil {
				return err
			}
			q := u.Query()
			q.Set("state", randomText(43))
			u.RawQuery = q.Encode()
			address = u.String()
		}
		return open(ctx, address)
	}
}

// page is a page of the sign-in service at which a browser arrives. Under
// FaultSignInHangs it is not answered for as long as the browser waits.
func (t *Tenant) page(show http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if t.broken(FaultSignInHangs) {
			select {
			case <-r.Context().Done():
			case <-t.done:
			}
			return
		}
		show(w, r)
	}
}

// Listen opens a port as a net.ListenConfig does. Under FaultPortTaken it is,
// whatever is asked for, one that the tenant itself listens on.
func (t *Tenant) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	if t.broken(FaultPortTaken) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		address = net.JoinHostPort(host, strconv.Itoa(t.webGate.port))
	}
	return new(net.ListenConfig).Listen(ctx, network, address)
}

// Vault makes of a keyring one that feels the faults.
func (t *Tenant) Vault(kept store.Vault) store.Vault { return &vault{kept, t} }

type vault struct {
	kept   store.Vault
	tenant *Tenant
}

// Get implements store.Vault.
func (v *vault) Get(ctx context.Context, key string) (oauth.Secret, error) {
	if err := v.shut(); err != nil {
		return oauth.Secret{}, err
	}
	return v.kept.Get(ctx, key)
}

// Set implements store.Vault.
func (v *vault) Set(ctx context.Context, key string, value oauth.Secret) error {
	if err := v.shut(); err != nil {
		return err
	}
	if v.tenant.broken(FaultKeyringFull) {
		return fmt.Errorf("%w: %w", store.ErrKeyringFull, errFull)
	}
	return v.kept.Set(ctx, key, value)
}

// Delete implements store.Vault.
func (v *vault) Delete(ctx context.Context, key string) error {
	if err := v.shut(); err != nil {
		return err
	}
	return v.kept.Delete(ctx, key)
}

// What the Secret Service of a Linux desktop, and the library that asks it, say.
var (
	errNoService = errors.New("failed to unlock: The name org.freedesktop.secrets was not provided by any .service files")
	errLocked    = errors.New("org.freedesktop.Secret.Error.IsLocked: Cannot create an item in a locked collection")
	errFull      = errors.New("data passed to Set was too big")
)

// shut is why the keyring answers nothing at all; nil when it does.
func (v *vault) shut() error {
	switch {
	case v.tenant.broken(FaultKeyringMissing):
		return fmt.Errorf("%w: %w", store.ErrKeyringMissing, errNoService)
	case v.tenant.broken(FaultKeyringLocked):
		return fmt.Errorf("%w: %w", store.ErrKeyringLocked, errLocked)
	}
	return nil
}

// UseData names the data folder that FaultDataLocked and FaultDataDamaged are
// about; what is in it stays as it is.
func (t *Tenant) UseData(data *store.Store) {
	t.data.mu.Lock()
	t.data.store = data
	t.data.mu.Unlock()
	if t.broken(FaultDataLocked) {
		t.data.hold(t)
	}
	if t.broken(FaultDataDamaged) {
		t.data.damage(t)
	}
}

// dataFolder is a data folder, and what ends its lock.
type dataFolder struct {
	mu    sync.Mutex
	store *store.Store
	end   func() // nil while it is free
}

// holdWithin is how long the lock may take that another Postkey has for a moment.
const holdWithin = time.Second / 2

// hold locks the folder as a Postkey does that is writing in it.
func (d *dataFolder) hold(t *Tenant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.store == nil || d.end != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), holdWithin)
	defer cancel()
	end, err := d.store.Hold(ctx)
	if err != nil {
		t.log.Error("practice cannot lock the data folder", "err", err)
		return
	}
	d.end = end
}

// let ends the lock.
func (d *dataFolder) let() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.end != nil {
		d.end()
		d.end = nil
	}
}

// damage puts half a draft among the others, as a full disk may leave it. It stays
// after Heal: whoever finds it moves it aside.
func (d *dataFolder) damage(t *Tenant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.store == nil {
		return
	}
	dir := filepath.Join(d.store.Dir(), "drafts")
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "practice.json"), []byte(`{"version": 1, "id": "practi`), 0o600)
	}
	if err != nil {
		t.log.Error("practice cannot damage the data folder", "err", err)
	}
}
