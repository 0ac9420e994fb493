// Postkey sets up Modern Authentication for the Microsoft 365 mailboxes of
// business applications: as a wizard in a window, and without one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"postkey/assets"
	"postkey/internal/cli"
	"postkey/internal/console"
	"postkey/internal/crash"
	"postkey/internal/graphics"
	"postkey/internal/instance"
	_ "postkey/internal/locale" // before Fyne's translations
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/ui"
	"postkey/wizard"
)

// appID names the program to the desktop and its settings.
const appID = "io.postkey.Postkey"

// version and revision are stamped in by the build (-ldflags "-X main.version=…").
// Without a revision it is what the Go tool found out.
var (
	version  = "devel"
	revision string
)

func main() {
	crash.Main() // does not return in the process that watches for a crash
	getenv := cli.Environment()
	done := console.Attach(console.Asks(os.Args[1:], getenv))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := cli.Program{
		Version: version, Commit: commit(),
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Getenv:        getenv,
		Prompt:        cli.TerminalPrompt(os.Stdin, os.Stderr),
		Interactive:   cli.IsTerminal(os.Stdin),
		OpenBrowser:   oauth.OpenBrowser,
		StartPractice: startPractice,
		Window:        window,
		Driver:        graphics.Driver,
	}
	status := p.Run(ctx, os.Args[1:])
	stop()
	done(status == cli.ExitCancelled)
	os.Exit(status)
}

// window shows the window until it is closed or ctx ends.
func window(ctx context.Context, w cli.Window) error {
	if stop, err := crash.Watch(w.Bench.Store.Dir(), crash.About{Version: version, Commit: commit()}); err == nil {
		defer stop()
	} else {
		w.Bench.Log.Warn("a crash would leave no report", "error", err)
	}
	a := app.NewWithID(appID)
	ready := ui.Prepare(a) // goes on during the check
	if err := graphics.Check(); err != nil {
		ready()
		explain(w, err)
		return err
	}
	quit, deaf, err := open(a, w, ready)
	if err != nil {
		return err
	}
	defer deaf()
	if !endsForSure(a) {
		w.Bench.Log.Warn("this Fyne may hang when its window closes")
	}
	defer context.AfterFunc(ctx, quit)()
	a.Run()
	return nil
}

// endsForSure takes from Fyne the work that it keeps for its end, which is to
// write preferences that Postkey does not have. Fyne 2.7.4 hands it to its own
// queue while it closes that queue, and now and then waits for it for ever
// (gLDriver.runGL and WaitForEvents). No hook may be set for its end, either.
func endsForSure(a fyne.App) bool {
	hooks, ok := a.Lifecycle().(interface{ SetOnStoppedHookExecuted(func()) })
	if ok {
		hooks.SetOnStoppedHookExecuted(nil)
	}
	return ok
}

// explain shows what is missing for a window in the system's own message box,
// where there is one.
func explain(w cli.Window, err error) {
	var missing *graphics.Missing
	if errors.As(err, &missing) {
		language := ui.Language(w.Bench.Store)
		graphics.Box(assets.Text(language, missing.Title()), assets.Text(language, missing.Text()))
	}
}

// open opens the window; Fyne's driver panics where there can be none. The
// caller ends with deaf, after which no second start raises the window.
func open(a fyne.App, w cli.Window, ready func()) (quit, deaf func(), err error) {
	deaf = func() {}
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("no window can be opened here (%v); postkey connect works without one", why)
		}
	}()
	if w.Held {
		ready()
		ui.ShowHeld(a, w.Bench.Store)
		return func() { fyne.Do(a.Quit) }, deaf, nil
	}
	dir := w.Bench.Store.Dir()
	opts := ui.Options{Bench: w.Bench, Import: w.Import, Version: w.Version, Commit: commit(), SetDebug: w.SetDebug, Ready: ready}
	if reports, untold := crash.Reports(dir); untold > 0 {
		opts.Crashes, opts.CrashesTold = reports, func() error { return crash.Told(dir) }
	}
	if t, ok := w.Practice.(*practiceTenant); ok {
		opts.Practice = t.values()
		w.Bench.ArriveWithin = practiceArrival
	}
	window := ui.New(a, opts)
	window.Show()
	listening, err := instance.Listen(dir, window.Raise)
	if err != nil {
		w.Bench.Log.Warn("a second start cannot raise this window", "error", err)
		return window.Quit, deaf, nil
	}
	return window.Quit, listening, nil
}

// practiceArrival is how long the window waits for a test message in the
// practice tenant, where one that is not there at once never comes.
const practiceArrival = 20 * time.Second

// practiceTenant gives the commands and the window what they need of the tenant.
type practiceTenant struct{ *practice.Tenant }

func startPractice() (cli.Practice, error) {
	t, err := practice.Start(practice.Options{})
	if err != nil {
		return nil, err
	}
	return &practiceTenant{t}, nil
}

func (t *practiceTenant) values() *ui.PracticeValues {
	v := t.Values()
	return &ui.PracticeValues{
		TenantID: v.TenantID, ClientID: v.ClientID, Secret: v.ClientSecret, SecretExpires: v.SecretExpires,
		RedirectHost: v.RedirectHost, Domain: v.Domain, Address: v.Address, Shared: v.Shared, Delegate: v.Delegate,
		App: ui.PracticeApp{
			ClientID: v.AppClientID, ObjectID: v.ServicePrincipalID,
			Address: v.Address, Reach: v.Shared, Refuse: v.Delegate,
		},
		Faults: t.faults(), Break: t.breakWith, NewSecret: t.newSecret, AddCertificate: t.AddCertificate,
	}
}

// newSecret is NewSecret for the window.
func (t *practiceTenant) newSecret(store.Connection) (oauth.Secret, string) { return t.NewSecret() }

// NewSecret implements cli.Practice: a second client secret, as New client secret
// in the portal makes one.
func (t *practiceTenant) NewSecret() (oauth.Secret, string) {
	made := t.AddSecret(time.Now().AddDate(0, 12, 0), 0)
	return made.Value, store.DateOf(made.Ends).String()
}

// faults are those that the window offers.
func (t *practiceTenant) faults() []ui.PracticeFault {
	var faults []ui.PracticeFault
	for _, f := range practice.Faults() {
		faults = append(faults, ui.PracticeFault{ID: string(f), Title: f.Title(), Group: f.Group()})
	}
	return faults
}

// breakWith makes one fault happen and no other; empty: none.
func (t *practiceTenant) breakWith(id string) {
	t.Heal()
	if id != "" {
		t.Break(practice.Fault(id))
	}
}

// Drafts implements cli.Practice: an own and a shared mailbox, and an
// application that signs in itself over each of its roads.
func (t *practiceTenant) Drafts() ([]*wizard.Draft, []oauth.Secret) {
	v := t.Values()
	draft := func(name string) *wizard.Draft {
		d := wizard.NewDraft(time.Now())
		d.Name, d.Cloud = name, t.Cloud().ID
		d.TenantID, d.ClientID, d.SecretExpires = v.TenantID, v.ClientID, v.SecretExpires
		d.RedirectHost, d.Protocols = v.RedirectHost, []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}
		return d
	}
	own, shared := draft("Practice inbox"), draft("Practice shared mailbox")
	own.Mailbox.Address = v.Address
	shared.Shared, shared.Mailbox.Address, shared.Mailbox.Delegate = true, v.Shared, v.Delegate
	drafts := []*wizard.Draft{own, shared}
	for _, road := range []struct {
		name      string
		protocols []string
	}{
		{"Practice application, IMAP and SMTP", []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}},
		{"Practice application, Graph", []string{wizard.ProtocolGraph}},
		{"Practice application, EWS", []string{wizard.ProtocolEWS}},
	} {
		d := draft(road.name)
		d.Product, d.RedirectHost, d.ClientID, d.ServicePrincipalID = "imagicle", "", v.AppClientID, v.ServicePrincipalID
		d.SetMode(wizard.ModeAppOnly)
		d.SetRoad(road.protocols, false)
		d.Mailbox.Address, d.Reach, d.Refuse = v.Address, v.Shared, v.Delegate
		drafts = append(drafts, d)
	}
	return drafts, slices.Repeat([]oauth.Secret{v.ClientSecret}, len(drafts))
}

// commit is the revision that was stamped into the binary.
func commit() string {
	if revision != "" {
		return revision
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown"
}
