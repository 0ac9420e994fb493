// Package cli is Postkey without a window: the commands connect, check, explain
// and version, and the flags that the window shares with them. It puts together the
// workbench of package wizard and prints; it holds no rule about mail.
//
// Start with Program.Run.
package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"postkey/internal/instance"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// The exit statuses.
const (
	ExitOK        = 0 // all passed
	ExitFailed    = 1 // a test failed
	ExitUsage     = 2 // wrong use or unreadable values
	ExitCancelled = 3
	ExitNoWindow  = 4 // no window can be opened here
)

// Program is everything that the commands take from outside.
type Program struct {
	// Version and Commit are stamped into the binary.
	Version, Commit string
	In              io.Reader
	Out, Err        io.Writer
	Getenv          func(string) string
	// Prompt asks for a secret without echo. It returns ErrNoTerminal where there is nobody to ask.
	Prompt func(ctx context.Context, question string) (oauth.Secret, error)
	// Interactive says that In is a terminal: addresses can be pasted into it during a sign-in.
	Interactive bool
	// OpenBrowser opens a sign-in page; nil opens none, and its address is printed.
	OpenBrowser func(ctx context.Context, url string) error
	// StartPractice starts the practice tenant.
	StartPractice func() (Practice, error)
	// Window opens the window and returns when it is closed.
	Window func(ctx context.Context, w Window) error
	// Driver names what draws the window, or says why nothing can.
	Driver func() (string, error)

	// prepare, where a test sets it, puts its keyring and tenant in the place of the system's.
	prepare func(*wizard.Workbench)
}

// Practice is the practice tenant as the commands need it.
type Practice interface {
	// Cloud is the tenant's endpoints of the moment, Roots the certificates to trust for them.
	Cloud() oauth.Cloud
	Roots() *x509.CertPool
	// Browser, Listen, SignInWithin, Vault and UseData let the faults of this computer
	// happen to what opens a browser, waits for it, and keeps secrets and connections.
	Browser(open func(ctx context.Context, url string) error) func(ctx context.Context, url string) error
	Listen(ctx context.Context, network, address string) (net.Listener, error)
	SignInWithin() time.Duration
	Vault(kept store.Vault) store.Vault
	UseData(data *store.Store)
	// Browse signs in at url as a user would in a browser, with the account username.
	Browse(ctx context.Context, url, username string) (string, error)
	// AddCertificate registers a certificate (DER) with the tenant's applications.
	AddCertificate(der []byte) error
	// Drafts returns filled-in drafts with the client secret of each, one an own and one a shared mailbox.
	Drafts() ([]*wizard.Draft, []oauth.Secret)
	Close() error
}

// Window is what the window is opened with.
type Window struct {
	Bench *wizard.Workbench
	// Import holds the drafts of a values file; may be empty.
	Import []*wizard.Draft
	// Practice is nil outside the practice tenant.
	Practice Practice
	Version  string
	// Held says that another window has the data folder: show that, and nothing else.
	Held bool
	// SetDebug makes the log tell more or less from now on.
	SetDebug func(on bool)
}

// ErrNoTerminal says that a secret was to be asked for where nobody can answer.
var ErrNoTerminal = errors.New("standard input is no terminal")

// exitError carries an exit status up to Run.
type exitError struct {
	status int
	err    error // nil when all has been said already
}

// Error implements error.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

// Unwrap returns the reason.
func (e *exitError) Unwrap() error { return e.err }

// cancelled is the end by Ctrl+C, by SIGTERM, or by the end of the input at a prompt.
func cancelled() *exitError { return &exitError{ExitCancelled, errors.New("cancelled")} }

func usageError(format string, args ...any) error {
	return &exitError{ExitUsage, fmt.Errorf(format, args...)}
}

// flags are those that more than one command takes.
type flags struct {
	data, imports         string
	practice, json, debug bool
}

// A double click on Windows starts the window; cobra would refuse it.
func init() { cobra.MousetrapHelpText = "" }

// Run carries out the command line args (without the program's name) and
// returns the exit status.
func (p *Program) Run(ctx context.Context, args []string) int {
	defer surviving()()
	out := &output{to: p.Out}
	watched := *p
	watched.Out = out
	status := watched.run(ctx, args)
	err := out.failure()
	if err != nil && !errors.Is(err, syscall.EPIPE) { // who reads no more knows it
		fmt.Fprintf(p.Err, "postkey: standard output: %v\n", err)
	}
	if err != nil && status == ExitOK { // what was asked for did not get where it should
		return ExitFailed
	}
	return status
}

func (p *Program) run(ctx context.Context, args []string) int {
	cmd := p.command()
	cmd.SetArgs(explained(args))
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{ExitUsage, err} // cobra's own errors are about flags and arguments
	}
	if exit.status != ExitCancelled && ctx.Err() != nil {
		exit = cancelled()
	}
	if exit.err != nil {
		fmt.Fprintln(p.Err, "postkey: "+exit.err.Error())
		// Behind a flag that is wrong, cobra has not read any more.
		if asked, _ := cmd.PersistentFlags().GetBool("json"); asked || slices.Contains(args, "--json") {
			writeJSON(p.Out, stopped(exit))
		}
	}
	return exit.status
}

func (p *Program) command() *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:           "postkey",
		Short:         "Sets up Modern Authentication for Microsoft 365 mailboxes",
		Long:          "Postkey sets up Modern Authentication (OAuth 2.0 with Microsoft Entra ID) for the Microsoft 365\nmailboxes that a business application reads and sends from. Without a command it opens its window.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return p.window(cmd.Context(), f) },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	all := root.PersistentFlags()
	all.StringVar(&f.data, "data", "", "use this data folder")
	all.StringVar(&f.imports, "import", "", "fill in the values of this file")
	all.BoolVar(&f.practice, "practice", false, "use the built-in practice tenant; secrets stay in memory")
	all.BoolVar(&f.json, "json", false, "print one JSON object on standard output")
	all.BoolVar(&f.debug, "debug", false, "log more, never a secret")

	root.AddCommand(
		&cobra.Command{
			Use: "connect [--import FILE]", Short: "Set up connections without a window: by questions, or from a values file",
			Long: "Asks for a connection in the terminal, step by step as the window does; what is answered is kept.\nWith --import it signs in through the browser (its address is printed too), stores and tests each\nconnection of the values file. The client secret comes from POSTKEY_CLIENT_SECRET or from a prompt\nwithout echo.",
			Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return p.connect(cmd.Context(), f) },
		},
		p.checkCommand(&f),
		p.rotateCommand(&f),
		p.explainCommand(&f),
		p.preflightCommand(&f),
		p.versionCommand(),
	)
	return root
}

// What is said where --json or --import stands beside a command that has no use for it.
const (
	jsonGoesWith   = "--json goes with connect --import, check, rotate, explain and preflight"
	importGoesWith = "--import goes with connect, rotate and the window"
)

func (p *Program) window(ctx context.Context, f flags) error {
	if f.json {
		return usageError(jsonGoesWith)
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	drafts, err := s.readImport(ctx, f.imports)
	if err != nil {
		return err
	}
	if problem := noDisplay(p.Getenv); problem != "" {
		return &exitError{ExitNoWindow, errors.New(problem)}
	}
	release, err := s.bench.Store.HoldWindow()
	held := errors.Is(err, store.ErrHeld)
	if err != nil && !held {
		return &exitError{ExitFailed, err}
	}
	if !held {
		defer release()
	}
	// What is to be imported would be lost in the other window.
	if held && len(drafts) == 0 && instance.Raise(ctx, s.bench.Store.Dir()) == nil {
		fmt.Fprintln(p.Err, "postkey: the window that is open already was brought to the front")
		return nil
	}
	w := Window{Bench: s.bench, Import: drafts, Practice: s.practice, Version: p.Version, Held: held, SetDebug: s.setDebug}
	if err := p.Window(ctx, w); err != nil {
		return &exitError{ExitNoWindow, err}
	}
	if held {
		return &exitError{ExitFailed, store.ErrHeld}
	}
	return nil
}

// noDisplay says why no window can be opened; empty where one can. Fyne draws
// through X11 on Linux and the BSDs, under Wayland through XWayland.
func noDisplay(getenv func(string) string) string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || getenv("DISPLAY") != "" {
		return ""
	}
	return "there is no display here (DISPLAY is not set), so no window opens; postkey connect works without one"
}

// readImport reads a values file; no path means none. It may be a pipe that
// nobody writes to.
func (s *session) readImport(ctx context.Context, path string) ([]*wizard.Draft, error) {
	if path == "" {
		return nil, nil
	}
	drafts, err := unlessCancelled(ctx, func() ([]*wizard.Draft, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, &exitError{ExitUsage, err}
		}
		defer file.Close()
		return wizard.ReadValues(file, s.bench.Catalog)
	})
	var exit *exitError
	if errors.As(err, &exit) {
		return nil, err
	}
	var wrong *wizard.ValuesError
	if errors.As(err, &wrong) {
		return nil, usageError("%s:%s", path, problems(wrong))
	}
	if err != nil {
		return nil, usageError("%s: %w", path, err)
	}
	return drafts, nil
}

// mostProblems bounds how much is said of one values file.
const mostProblems = 20

// problems lists what is wrong with a values file, a line each.
func problems(wrong *wizard.ValuesError) string {
	all := wrong.All()
	var b strings.Builder
	for i, one := range all {
		if i == mostProblems {
			fmt.Fprintf(&b, "\n  and %d more", len(all)-i)
			break
		}
		b.WriteString("\n  " + one.Error())
	}
	return b.String()
}
