package terminal

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// talk is a user in front of the wizard: it waits for what is printed and types.
type talk struct {
	*testing.T
	tenant *practice.Tenant
	values practice.Values
	bench  *wizard.Workbench
	offers []*wizard.Draft // of the practice tenant
	pause  time.Duration   // between two tries of the fence; 0: the usual one
	// browser is the wizard's; nil: none
	browser func(ctx context.Context, url, user string) (string, error)

	mu      sync.Mutex
	printed strings.Builder
	seen    int // of printed, what was waited for
	typing  *io.PipeWriter
	ended   chan error
	saved   store.Connection
	stop    context.CancelFunc
}

// patience only ends a test that hangs; it is no measure of speed.
const patience = time.Minute

// Write is what the wizard prints to. Lines are put together again: where they
// are broken does not matter here.
func (k *talk) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range p {
		if b != ' ' && b != '\n' {
			k.printed.WriteByte(b)
		} else if !strings.HasSuffix(k.printed.String(), " ") {
			k.printed.WriteByte(' ')
		}
	}
	return len(p), nil
}

// all is what was printed, with single spaces, so that it does not matter where
// a line was broken.
func (k *talk) all() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return space.ReplaceAllString(k.printed.String(), " ")
}

var space = regexp.MustCompile(`\s+`)

func newTalk(t *testing.T) *talk {
	t.Helper()
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat.Add(tenant.Cloud())
	data, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{T: t, tenant: tenant, values: tenant.Values()}
	k.bench = &wizard.Workbench{
		Catalog: cat, Store: data, Vault: store.NewMemory(), Roots: tenant.Roots(), Practice: true, ArriveWithin: 20 * time.Second,
	}
	t.Cleanup(k.bench.Close)
	return k
}

// start runs the wizard; a second start is that of another process later.
func (k *talk) start(language string) {
	k.Helper()
	in, typing := io.Pipe()
	k.mu.Lock()
	k.printed.Reset()
	k.mu.Unlock()
	k.seen, k.typing, k.ended = 0, typing, make(chan error, 1)
	ctx, stop := context.WithCancel(k.Context())
	w := &Wizard{
		Bench: k.bench, Console: NewScreen(in, k, stop), Language: language, Command: "postkey connect --practice",
		Offers: k.offers, Secrets: slices.Repeat([]oauth.Secret{k.values.ClientSecret}, len(k.offers)), Browse: k.browser, Upload: k.tenant.AddCertificate, FenceEvery: k.pause,
	}
	k.stop = stop
	k.Cleanup(func() { stop(); _ = typing.Close() })
	go func() {
		var err error
		k.saved, err = w.Run(ctx)
		k.ended <- err
	}()
}

// until waits for what is to be printed after what was waited for before, and
// returns it from there on.
func (k *talk) until(want string) string {
	k.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		rest := k.all()[k.seen:]
		if i := strings.Index(rest, want); i >= 0 {
			k.seen += i + len(want)
			return rest[:i+len(want)]
		}
		if time.Now().After(deadline) {
			k.Fatalf("never printed: %q after\n%s", want, rest)
		}
		select {
		case err := <-k.ended:
			k.ended <- err
			if !strings.Contains(k.all()[k.seen:], want) {
				k.Fatalf("it ended with %v before %q\n%s", err, want, k.all()[k.seen:])
			}
		default:
		}
	}
}

// answer waits for the question and types a line.
func (k *talk) answer(question, line string) {
	k.Helper()
	k.until(question)
	k.until("]: ")
	k.typed(line)
}

// fill waits for the label of a field and types its value.
func (k *talk) fill(label, line string) {
	k.Helper()
	k.until(label)
	k.until("> ")
	k.typed(line)
}

func (k *talk) typed(line string) {
	k.Helper()
	if _, err := io.WriteString(k.typing, line+"\r"); err != nil {
		k.Fatal(err)
	}
}

func (k *talk) hidden(value string) {
	k.Helper()
	k.until("> ")
	k.typed(value)
}

var address = regexp.MustCompile(`http://\S+/authorize\S+`)

// browse signs in at the address that is printed.
func (k *talk) browse(user string) {
	k.Helper()
	k.until("Open this address")
	shown := k.until("paste that address")
	url := address.FindString(shown)
	if url == "" {
		k.Fatalf("no address in %q", shown)
	}
	if _, err := k.tenant.Browse(k.Context(), url, user); err != nil {
		k.Fatal(err)
	}
}

// end waits for the end.
func (k *talk) end() error {
	k.Helper()
	select {
	case err := <-k.ended:
		return err
	case <-time.After(patience):
		k.Fatalf("it does not end:\n%s", k.all())
	}
	return nil
}

// kept is the one draft on the disk.
func (k *talk) kept() *wizard.Draft {
	k.Helper()
	drafts, err := k.bench.Drafts(k.Context())
	if err != nil || len(drafts) != 1 {
		k.Fatalf("%d drafts, %v", len(drafts), err)
	}
	return drafts[0]
}

// toRegistration answers step 1.
func (k *talk) toRegistration(name string) {
	k.Helper()
	k.answer("Product", "")
	k.answer("Who signs in", "")
	k.until("What the application uses")
	k.until("Enter to go on: ")
	k.typed("2") // POP as well
	k.until("[x] POP")
	k.until("Enter to go on: ")
	k.typed("")
	k.fill("Connection name", name)
}

// The whole way of a user who signs in, with wrong answers on it.
func TestConnectByQuestions(t *testing.T) {
	k := newTalk(t)
	k.start("")
	k.until("Ctrl+C stops and keeps every answer")
	k.until("Step 1 of 9")
	k.toRegistration("")
	k.until("! ") // the name is missing
	k.until("> ")
	k.typed("Support inbox")

	k.until("Step 2 of 9")
	k.answer("Supported account types", "9")
	k.until("Type a number from 1 to 3")
	k.until("]: ")
	k.typed("?")
	k.until("Microsoft lets a program into a mailbox only when it is registered")
	k.until("]: ")
	k.typed("")
	k.fill("Application (client) ID", "no id")
	k.until("! ")
	k.until("> ")
	k.typed(k.values.ClientID)
	k.fill("Directory (tenant) ID", " \""+k.values.TenantID+"\" ")

	k.until("Step 3 of 9")
	k.answer("Platform", "1")
	k.fill("Host of your XCALLY Motion server", k.values.RedirectHost)
	k.until("https://" + k.values.RedirectHost + "/api/cloudProviders/oauth2/microsoft/callback")
	k.until("Enter goes on. ")
	k.typed("")

	k.until("Step 4 of 9")
	k.answer("What the application proves itself with", "")
	k.hidden(k.values.ClientID) // the Secret ID has this form
	k.until("! ")
	k.hidden(k.values.ClientSecret.Reveal())
	k.fill("Expires", "6")

	k.until("Step 5 of 9")
	k.until("Enter to go on: ")
	k.typed("*")
	k.until("Enter to go on: ")
	k.typed("")
	k.answer("Ask an administrator for consent", "3")
	k.until("/v2.0/adminconsent?")
	k.answer("Ask an administrator for consent", "")

	k.until("Step 6 of 9")
	k.answer("Sign in with Microsoft", "1")
	k.browse(k.values.Address)
	k.answer("has signed in", "")

	k.until("Step 7 of 9")
	k.fill("Email address", "")
	k.fill("Display name (optional)", "Support")
	k.fill("Key", "SUPPORT")
	k.until("! ")
	k.until("> ")
	k.typed("SUPPO")
	k.fill("Default list (optional)", "")

	k.until("Step 8 of 9")
	k.answer("Send and receive a test message", "1")
	k.until("Everything works")

	k.until("Step 9 of 9")
	k.until(k.values.ClientID)
	k.until("(the client secret of step 4")
	k.answer("All values are there", "")
	if err := k.end(); err != nil {
		t.Fatal(err)
	}
	c := k.saved
	if c.Name != "Support inbox" || c.Mailbox.Address != k.values.Address || c.Mailbox.Key != "SUPPO" || c.LastTest == nil || !c.LastTest.OK ||
		!slices.Equal(c.Protocols, []string{"imap", "pop", "smtp"}) || c.SecretExpires.IsZero() || len(c.Ticked) == 0 {
		t.Errorf("saved: %+v", c)
	}
	if strings.Contains(k.all(), k.values.ClientSecret.Reveal()) {
		t.Error("the client secret is printed")
	}
	if drafts, err := k.bench.Drafts(t.Context()); err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts are left, %v", len(drafts), err)
	}
}

// Back goes from question to question and from step to step; what was answered
// stands there to be taken.
func TestBack(t *testing.T) {
	k := newTalk(t)
	k.start("")
	k.answer("Product", "<")
	k.until("This is the first question.")
	k.toRegistration("Support inbox")
	k.answer("Supported account types", "<")
	k.until("Step 1 of 9")
	k.until("[Support inbox] > ")
	k.typed("<")
	k.until("What the application uses")
	k.until("Enter to go on: ")
	k.typed("")
	k.until("[Support inbox] > ")
	k.typed("Sales inbox")
	k.until("Step 2 of 9")
	k.answer("Supported account types", "2")
	k.fill("Application (client) ID", "<")
	k.until("* 2.")
	if name := k.kept().Name; name != "Sales inbox" {
		t.Errorf("kept: %q", name)
	}
}

// The practice tenant's values are taken by Enter.
func TestPracticeOffers(t *testing.T) {
	k := newTalk(t)
	offer := k.bench.NewDraft()
	offer.Name, offer.ClientID, offer.TenantID = "Practice inbox", k.values.ClientID, k.values.TenantID
	offer.RedirectHost, offer.SecretExpires = k.values.RedirectHost, k.values.SecretExpires
	k.offers = []*wizard.Draft{offer}
	k.start("")
	k.toRegistration("")
	k.answer("Supported account types", "")
	k.fill("Application (client) ID", "")
	k.fill("Directory (tenant) ID", "")
	k.answer("Platform", "")
	k.fill("Host of your XCALLY Motion server", "")
	k.until("Enter goes on. ")
	k.typed("")
	k.answer("What the application proves itself with", "")
	k.hidden("")
	k.fill("Expires", "")
	k.until("Step 5 of 9")
	d := k.kept()
	if d.Name != offer.Name || d.ClientID != offer.ClientID || d.RedirectHost != offer.RedirectHost || d.SecretExpires != offer.SecretExpires || !d.HasSecret {
		t.Errorf("kept: %+v", d)
	}
}
