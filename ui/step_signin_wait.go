package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// signInTick is how often the time left is shown anew. Nothing else of the page
// moves, so this is all that wakes up while it waits.
const signInTick = time.Second

// signInWait is what the sign-in page shows while the browser is open.
type signInWait struct {
	page    *signInPage
	session *oauth.Session

	left      *widgets.Text
	line      *fyne.Container // that holds left
	copyLink  *widgets.Button
	noBrowser *widgets.Box
	paste     *widgets.Field
}

func newSignInWait(p *signInPage, session *oauth.Session) *signInWait {
	w := &signInWait{page: p, session: session}
	w.left = widgets.NewText("", oneQuietLine)
	w.line = widgets.Row(5, nil,
		widgets.NewText(tr("signin-page.listening"), oneQuietLine),
		widgets.NewText(session.RedirectURI(), oneMonoLine),
		widgets.NewText("·", oneQuietLine), w.left)
	w.copyLink = widgets.NewButton(tr("signin-page.copy-link"), widgets.Plain, nil)
	w.copyLink.OnTapped = func() {
		p.flow.app.fyne.Clipboard().SetContent(session.URL())
		w.copyLink.SayCopied()
	}
	w.noBrowser = widgets.NewNotice(widgets.Warn, tr("signin-page.no-browser.title"),
		widgets.NewText(tr("signin-page.no-browser.text"), widgets.Style{}))
	w.noBrowser.Hide()
	w.paste = newPasteField(p.flow.app, "signin-page.paste.", session.Paste)
	w.update()
	return w
}

// objects are the cards of the wait.
func (w *signInWait) objects(sign *widgets.Dial) []fyne.CanvasObject {
	cancel := widgets.NewButton(tr("signin-page.cancel"), widgets.Plain, func() { w.page.cancel() })
	return []fyne.CanvasObject{
		waitCard(sign, tr("signin-page.waiting"),
			container.NewCenter(w.line),
			container.NewCenter(widgets.Row(6, nil, w.copyLink, cancel))),
		w.noBrowser,
		widgets.NewCard(w.paste),
	}
}

// update shows the time left, and that the browser did not open.
func (w *signInWait) update() {
	left := w.session.Deadline().Sub(w.page.flow.app.now())
	w.left.SetText(tr("signin-page.left", "Time", clock(left)))
	w.line.Refresh()
	if w.noBrowser.Hidden && w.session.BrowserError() != nil {
		w.noBrowser.Show()
		w.page.flow.app.settle()
	}
}

// newPasteField is the field for the address at which a browser stopped that
// could not come back. Paste takes it; what is wrong with it is said in the
// texts whose keys begin with key.
func newPasteField(u *App, key string, paste func(address string) error) *widgets.Field {
	field := widgets.NewField(tr("signin-page.paste.label")).
		SetPlaceholder(tr("signin-page.paste.placeholder")).SetMono()
	submit := func() {
		err := paste(field.Text())
		var wrong *oauth.PasteError
		switch {
		case err == nil:
			field.SetProblem(widgets.Problem{})
			field.Disable()
		case errors.As(err, &wrong):
			field.SetProblem(widgets.Problem{Text: tr(key + string(wrong.Kind))})
		}
	}
	field.Entry.Clean = wizard.Clean
	field.OnReturn = submit
	field.AddButton(widgets.NewButton(tr("signin-page.paste.button"), widgets.Small, func() {
		field.SetText(wizard.Clean(u.fyne.Clipboard().Content()))
		submit()
	}))
	return field
}

// waitCard is the card of something that takes its time: the moving sign, what
// is going on, and what stands below.
func waitCard(sign *widgets.Dial, title string, below ...fyne.CanvasObject) fyne.CanvasObject {
	head := widgets.NewText(title, widgets.Style{Size: "subHeadingText", Bold: true, OneLine: true})
	objects := append([]fyne.CanvasObject{container.NewCenter(sign), container.NewCenter(head)}, below...)
	return widgets.NewCard(widgets.Pad(22, 0, 14, 0, widgets.Column(8, objects...)))
}

// clock is a duration as minutes and seconds; a past one is 0:00.
func clock(d time.Duration) string {
	s := max(int((d+time.Second/2)/time.Second), 0)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// tickEvery calls tick on the UI goroutine again and again until it is stopped
// or the page is left.
func tickEvery(f *flow, d time.Duration, tick func()) (stop func()) {
	return f.work(func(ctx context.Context) func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-t.C:
				f.app.do(func() {
					if ctx.Err() == nil {
						tick()
					}
				})
			}
		}
	})
}
