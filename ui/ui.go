// Package ui is the window: Home with the connections, and the wizard with its
// nine steps. Start with New. It knows the types of wizard, store and oauth and
// holds no rule about Microsoft 365; what waits goes through
// wizard.Workbench on a goroutine of its own.
package ui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/diagnose"
)

// Options is what the window needs.
type Options struct {
	// Bench does the work that waits. Required.
	Bench *wizard.Workbench
	// Practice is set inside the practice tenant and offers its values; nil: the real Microsoft.
	Practice *PracticeValues
	// Version is shown on Home; empty shows none. Commit stands beside it in a
	// support bundle.
	Version, Commit string
	// Do runs a function on the UI goroutine; nil: fyne.Do.
	Do func(func())
	// OpenURL opens a page in the browser; nil: the system's default browser.
	OpenURL func(string) error
	// Import holds drafts from a values file; they are kept like those typed in.
	Import []*wizard.Draft
	// Crashes is the folder with reports of crashes that the user was not told
	// of; empty for none. CrashesTold is called when the user was told.
	Crashes     string
	CrashesTold func() error
	// Ready is what Prepare returned; nil: New prepares.
	Ready func()
	// SetDebug makes the log tell more or less from now on; nil: from the next start.
	SetDebug func(on bool)
}

// PracticeValues are the values of the practice tenant that a click types in.
type PracticeValues struct {
	TenantID, ClientID string
	Secret             oauth.Secret
	SecretExpires      string // 2027-05-21
	RedirectHost       string
	Domain             string
	Address            string // an ordinary mailbox
	Shared, Delegate   string // a shared mailbox and who reads it
	// App is for an application that signs in itself.
	App PracticeApp
	// NewSecret makes one more client secret for the application of c, beside
	// those it has, and returns its last day; nil offers none.
	NewSecret func(c store.Connection) (value oauth.Secret, expires string)
	// AddCertificate registers a certificate, in DER, with the applications, as
	// Upload certificate in the portal does; nil offers it nowhere.
	AddCertificate func(der []byte) error
	// Faults are what can be made to go wrong, group by group; none hides the choice.
	Faults []PracticeFault
	// Break makes the fault of that ID happen and heals any other; an empty ID
	// only heals. It does not wait.
	Break func(id string)
}

// App is the window and what it shows.
type App struct {
	fyne   fyne.App
	window fyne.Window
	opts   Options
	bench  *wizard.Workbench

	// ctx ends when the window closes; work counts the goroutines that ctx ends.
	ctx   context.Context
	stop  context.CancelFunc
	group sync.WaitGroup

	// keyring is what is wrong with the keyring, once it was asked; memory says
	// that the user chose to keep secrets in memory instead.
	keyring *diagnose.Finding
	asked   bool
	memory  bool

	notified bool // of secrets that end soon

	fenceEvery time.Duration // 0: wizard.FenceEvery

	fault    string        // what goes wrong in the practice tenant; empty: nothing
	breaking chan struct{} // closed when the fault chosen last goes wrong; nil: none was chosen

	saver  *saver
	clip   clipGuard // takes a copied secret off the clipboard again
	screen screen
	sheet  *sheet      // the side sheet that is open
	saving *saveDialog // the last question where to save; nil before the first
	closed bool
	over   atomic.Bool   // the window is gone
	seen   chan struct{} // closed when the window is on the screen
	fresh  bool          // everything was forgotten: the size of the window too

	settings store.Settings      // language and theme as they are in use
	read     chan store.Settings // settings as they were on the disk; gets one value
}

// screen is what fills the window: Home or the wizard.
type screen interface {
	content() fyne.CanvasObject
	// shown is called when the content is in the window.
	shown()
	// leave is called when another screen takes its place.
	leave()
	// key does what Escape, Ctrl+Return, Alt+Left, F1 and Ctrl+F mean here.
	key(windowKey)
	// focusMoved brings what has the focus into view.
	focusMoved(fyne.CanvasObject)
	// pane is what scrolls.
	pane() *container.Scroll
}

type windowKey int

const (
	keyEscape windowKey = iota
	keyContinue
	keyBack
	keyHelp
	keyFind
)

// New makes the window; Show shows it.
func New(a fyne.App, opts Options) *App {
	if opts.Do == nil {
		opts.Do = fyne.Do
	}
	u := &App{fyne: a, opts: opts, bench: opts.Bench}
	u.ctx, u.stop = context.WithCancel(context.Background())
	u.seen = make(chan struct{})
	u.saver = newSaver(u)
	u.readSettings()
	u.bench.CallbackPage = callbackPage
	if opts.Ready == nil {
		opts.Ready = Prepare(a)
	}
	a.SetIcon(windowIcon())
	u.window = a.NewWindow("")
	opts.Ready()
	u.window.SetTitle(tr("ui.title"))
	u.window.SetPadded(false)
	u.window.SetMaster()
	u.window.Resize(firstSize)
	u.window.SetCloseIntercept(u.Quit)
	u.addKeys()
	return u
}

// Show shows the window with Home, in the language and the theme of the
// settings, and keeps what was imported as drafts.
func (u *App) Show() {
	u.awaitSettings()
	u.restoreSize()
	u.show(newHome(u))
	u.window.Show()
	close(u.seen)
	u.offerCrashes()
}

// Quit saves what is typed, ends what runs and closes the window. It may be
// called from any goroutine, more than once.
func (u *App) Quit() {
	u.do(func() {
		if u.closed {
			return
		}
		u.closed = true
		u.note("closing")
		u.clip.clear()
		u.keepSize()
		if u.screen != nil {
			u.screen.leave()
		}
		go func() {
			u.saver.wait()
			u.stop()
			u.group.Wait()
			u.note("closed")
			u.do(func() {
				u.over.Store(true)
				u.window.Close()
			})
		}()
	})
}

// show puts another screen into the window.
func (u *App) show(s screen) {
	u.dropSheet()
	if u.screen != nil {
		u.screen.leave()
	}
	u.screen = s
	u.window.SetContent(s.content())
	s.shown()
}

// do runs f on the UI goroutine, and nothing once the window is gone: what a
// timer asks for then would run beside Fyne's end.
func (u *App) do(f func()) {
	if !u.over.Load() {
		u.opts.Do(f)
	}
}

// noteShown writes to the debug log what the window shows now, so that a log
// tells what somebody was looking at.
func (u *App) noteShown(page string) { u.note("shown", "page", page) }

func (u *App) note(what string, about ...any) {
	if u.bench.Log != nil {
		u.bench.Log.Debug(what, about...)
	}
}

// work runs wait on its own goroutine with a context that ends with parent, and
// then what wait returned on the UI goroutine, unless parent has ended.
func (u *App) work(parent context.Context, wait func(ctx context.Context) (done func())) context.CancelFunc {
	ctx, cancel := context.WithCancel(parent)
	u.group.Add(1)
	go func() {
		defer u.group.Done()
		defer cancel()
		done := wait(ctx)
		if done == nil {
			return
		}
		u.do(func() {
			if parent.Err() == nil {
				done()
			}
		})
	}()
	return cancel
}

// every runs tick on the UI goroutine each time d has passed, until ctx ends or
// stop is called.
func (u *App) every(ctx context.Context, d time.Duration, tick func()) (stop context.CancelFunc) {
	ctx, stop = context.WithCancel(ctx)
	u.work(ctx, func(ctx context.Context) func() {
		ticker := time.NewTicker(d)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
				u.do(func() {
					if ctx.Err() == nil {
						tick()
					}
				})
			}
		}
	})
	return stop
}

// since shows, from the first second on, how long something has been going on.
func since(text string, started, now time.Time) string {
	seconds := int(now.Sub(started).Seconds())
	if seconds < 1 {
		return text
	}
	return tr("ui.since", "Text", text, "Seconds", seconds)
}

// openURL opens a page in the browser, off the UI goroutine.
func (u *App) openURL(url string) {
	u.work(u.ctx, func(ctx context.Context) func() {
		var err error
		if u.opts.OpenURL != nil {
			err = u.opts.OpenURL(url)
		} else {
			err = oauth.OpenBrowser(ctx, url)
		}
		if err == nil {
			return nil
		}
		return func() { u.offerLink(url) }
	})
}

func (u *App) now() time.Time {
	if u.bench.Now != nil {
		return u.bench.Now()
	}
	return time.Now()
}
