package practice_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
)

// toSignIn is a sign-in to the tenant through what feels its faults.
func toSignIn(tenant *practice.Tenant, open func(context.Context, string) error) oauth.SignIn {
	v := tenant.Values()
	return oauth.SignIn{
		Registration: oauth.Registration{
			Cloud: tenant.Cloud(), Audience: oauth.AudienceSingle,
			TenantID: v.TenantID, ClientID: v.ClientID, ClientSecret: v.ClientSecret,
		},
		Scopes:      []string{"openid", "profile", "offline_access", practice.MailResource + "/SMTP.Send"},
		OpenBrowser: tenant.Browser(open), Listen: tenant.Listen, Timeout: tenant.SignInWithin(),
	}
}

// robot opens addresses as the mailbox's user, until the test ends.
func robot(t *testing.T, tenant *practice.Tenant) func(context.Context, string) error {
	ctx, cancel := context.WithCancel(t.Context())
	var opened sync.WaitGroup
	t.Cleanup(func() { cancel(); opened.Wait() })
	return func(_ context.Context, address string) error {
		opened.Go(func() { _, _ = tenant.Browse(ctx, address, tenant.Values().Address) }) // the session tells what came of it
		return nil
	}
}

func TestSignInFaultsOfThisComputer(t *testing.T) {
	for fault, want := range map[practice.Fault]error{
		"":                          nil,
		practice.FaultNoBrowser:     oauth.ErrBrowser,
		practice.FaultSignInHangs:   oauth.ErrTimeout,
		practice.FaultOtherSignIn:   oauth.ErrState,
		practice.FaultPortTaken:     oauth.ErrPort,
		practice.FaultKeyringFull:   nil, // is not asked
		practice.FaultHostUnknown:   nil, // only of the mail servers
		practice.FaultKeyringLocked: nil,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			within := 2 * time.Second
			if fault == practice.FaultOtherSignIn {
				within = 10 * time.Second // until then the other answer must be there
			}
			tenant := start(t, practice.Options{SignInWithin: within})
			if fault != "" {
				tenant.Break(fault)
			}
			session, err := toSignIn(tenant, robot(t, tenant)).Start(t.Context())
			if err == nil {
				defer session.Close()
				_, err = session.Wait(t.Context())
			}
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}

// A sign-in goes on under the faults that a person can get round, and the answer
// of another one does not end it.
func TestFaultyBrowserIsGotRound(t *testing.T) {
	for _, fault := range []practice.Fault{practice.FaultNoBrowser, practice.FaultOtherSignIn} {
		t.Run(string(fault), func(t *testing.T) {
			tenant := start(t, practice.Options{})
			tenant.Break(fault)
			browsed := make(chan error, 1)
			s := toSignIn(tenant, func(ctx context.Context, address string) error {
				_, err := tenant.Browse(ctx, address, tenant.Values().Address)
				browsed <- err
				return err
			})
			session, err := s.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if fault == practice.FaultOtherSignIn {
				if err := <-browsed; err != nil {
					t.Fatal(err)
				}
			}
			if _, err := tenant.Browse(t.Context(), session.URL(), tenant.Values().Address); err != nil {
				t.Fatal(err)
			}
			in, err := session.Wait(t.Context())
			if err != nil || in.Token.Refresh.IsZero() {
				t.Errorf("%+v, %v", in.Account, err)
			}
		})
	}
}

func TestSignInWithin(t *testing.T) {
	tenant := start(t, practice.Options{})
	for fault, shortened := range map[practice.Fault]bool{
		practice.FaultSlow: false, practice.FaultNoBrowser: false, practice.FaultSignInHangs: true, practice.FaultOtherSignIn: true,
	} {
		tenant.Heal()
		tenant.Break(fault)
		if got := tenant.SignInWithin(); (got > 0) != shortened {
			t.Errorf("%s: %v", fault, got)
		}
	}
}

// A browser that has gone is not waited for, and neither is one when the tenant closes.
func TestHangingPagesEnd(t *testing.T) {
	tenant := start(t, practice.Options{})
	tenant.Break(practice.FaultSignInHangs)
	s, err := toSignIn(tenant, nil).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := tenant.Browse(ctx, s.URL(), tenant.Values().Address); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the page came: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		_, _ = tenant.Browse(context.Background(), s.URL(), tenant.Values().Address) // that it ends counts
		close(ended)
	}()
	time.Sleep(50 * time.Millisecond) // likely waits for its page
	if err := tenant.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestKeyringFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	ctx, kept := t.Context(), store.NewMemory()
	vault := tenant.Vault(kept)
	if err := vault.Set(ctx, "a", oauth.NewSecret("before")); err != nil {
		t.Fatal(err)
	}
	for fault, want := range map[practice.Fault]error{
		practice.FaultKeyringMissing: store.ErrKeyringMissing,
		practice.FaultKeyringLocked:  store.ErrKeyringLocked,
		practice.FaultKeyringFull:    store.ErrKeyringFull,
	} {
		tenant.Break(fault)
		if err := store.Probe(ctx, vault); !errors.Is(err, want) {
			t.Errorf("%s: the probe says %v", fault, err)
		}
		if err := vault.Set(ctx, "a", oauth.NewSecret("after")); !errors.Is(err, want) {
			t.Errorf("%s: Set says %v", fault, err)
		}
		readable := fault == practice.FaultKeyringFull
		if _, err := vault.Get(ctx, "a"); errors.Is(err, want) == readable {
			t.Errorf("%s: Get says %v", fault, err)
		}
		if err := vault.Delete(ctx, "b"); errors.Is(err, want) == readable {
			t.Errorf("%s: Delete says %v", fault, err)
		}
		tenant.Heal()
		if got, err := vault.Get(ctx, "a"); err != nil || got.Reveal() != "before" {
			t.Errorf("%s: after it %v", fault, err)
		}
	}
}

func TestDataLocked(t *testing.T) {
	dir := t.TempDir()
	data, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	// free reports whether the data folder can be changed.
	free := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		return data.PutSettings(ctx, store.Settings{}) == nil
	}
	tenant := start(t, practice.Options{})
	tenant.Break(practice.FaultDataLocked) // before there is a folder
	if !free() {
		t.Error("a folder that nobody named is locked")
	}
	tenant.UseData(data)
	if free() {
		t.Error("not locked with UseData")
	}
	tenant.Heal()
	if !free() {
		t.Error("locked after Heal")
	}
	tenant.Break(practice.FaultDataLocked)
	tenant.Break(practice.FaultDataLocked) // twice is once
	if free() {
		t.Error("not locked with Break")
	}
	if err := tenant.Close(); err != nil || !free() {
		t.Errorf("locked after Close: %v", err)
	}
}

func TestDataDamaged(t *testing.T) {
	data, err := store.Open(t.TempDir())
	if err == nil {
		err = data.PutDraft(t.Context(), store.DraftRecord{ID: "mine", Data: []byte(`{}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
	tenant := start(t, practice.Options{})
	tenant.UseData(data)
	for times := 1; times <= 2; times++ {
		tenant.Break(practice.FaultDataDamaged)
		drafts, err := data.Drafts(t.Context())
		if err != nil || len(drafts) != 1 || len(data.Damaged()) != times {
			t.Errorf("%+v, %+v, %v", drafts, data.Damaged(), err)
		}
	}
}

// The catalogue asks for the cloud while faults come and go.
func TestHostFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	usual := tenant.Cloud()
	for fault, is := range map[practice.Fault]func(error) bool{
		practice.FaultHostUnknown: func(err error) bool { var e *net.DNSError; return errors.As(err, &e) },
		practice.FaultHostUnreachable: func(err error) bool {
			var e *net.OpError
			return errors.As(err, &e) && strings.Contains(err.Error(), "unreachable")
		},
	} {
		tenant.Break(fault)
		cloud := tenant.Cloud()
		for _, address := range []string{cloud.IMAP, cloud.POP, cloud.SMTP} {
			if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); !is(err) {
				t.Errorf("%s: %s: %v", fault, address, err)
			}
		}
		if cloud.EWS == usual.EWS || cloud.Graph != usual.Graph || cloud.Authority != usual.Authority {
			t.Errorf("%s: %+v", fault, cloud)
		}
		tenant.Heal()
		if tenant.Cloud() != usual {
			t.Errorf("%s stays after Heal", fault)
		}
	}
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() { tenant.Cloud() })
		tenant.Break(practice.FaultRefused) // its end opens the ports again
		tenant.Break(practice.FaultHostUnknown)
		tenant.Heal()
	}
	asking.Wait()
}
