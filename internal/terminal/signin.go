package terminal

import (
	"context"
	"errors"
	"sync"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
)

// browsing is a wait for the browser.
type browsing interface {
	URL() string
	Paste(address string) error
}

// await shows the address and takes a pasted one until the browser is back. A
// < ends the wait with errBack, Enter does alone, which may be nil.
func (w *Wizard) await(ctx context.Context, b browsing, key string, wait func(context.Context) error, alone func()) error {
	w.line()
	w.say("terminal.open")
	w.line()
	w.line(b.URL())
	w.line()
	w.say("terminal.paste")
	return w.busy(ctx, wait, func(line string) {
		if line == "" {
			if alone != nil {
				alone()
			}
			return
		}
		var wrong *oauth.PasteError
		if err := b.Paste(line); errors.As(err, &wrong) {
			w.wrong(assets.Msg(key + string(wrong.Kind)))
		}
	})
}

// signIn is step 6 where a user signs in.
func (w *Wizard) signIn() []question {
	return []question{{fields: []wizard.Field{wizard.FieldAccount}, ask: w.askSignIn}}
}

func (w *Wizard) askSignIn(ctx context.Context) error {
	const onward, start, another = "onward", "start", "another"
	d := w.draft
	for {
		var c choice
		if d.SignedIn() {
			c = choice{title: assets.Msg("terminal.signed-in", "Account", d.Account.Username), current: onward, options: []option{
				{id: onward, label: w.tr("terminal.onward")},
				{id: start, label: w.tr("signin-page.again")},
				{id: another, label: w.tr("signin-page.another")},
			}}
		} else {
			if p := d.CheckField(wizard.FieldAccount, w.check); p != nil && d.Account != nil {
				w.warn(p.Message)
			}
			c = choice{title: assets.Msg("signin-page.heading"), current: start, options: []option{
				{id: start, label: w.tr("signin-page.start"), detail: w.whoSignsIn()},
				{id: another, label: w.tr("signin-page.choose")},
			}}
		}
		id, err := w.choose(ctx, c)
		if err != nil || id == onward {
			return err
		}
		if err := w.signInNow(ctx, id == another); err != nil {
			return err
		}
		if err := w.save(ctx); err != nil {
			return err
		}
	}
}

// withoutBrowser signs in to the practice tenant in the place of a browser; alone
// is nil elsewhere. Over is to be called when the sign-in has ended.
func (w *Wizard) withoutBrowser(ctx context.Context, url string) (alone, over func()) {
	user := w.expected()
	if user == "" {
		if o, _ := w.offer(); o != nil {
			user = signsIn(o)
		}
	}
	if w.Browse == nil || user == "" {
		return nil, func() {}
	}
	w.say("terminal.browse", "Address", user)
	browsing, stop := context.WithCancel(ctx)
	var robot sync.WaitGroup
	alone = func() {
		robot.Go(func() {
			if _, err := w.Browse(browsing, url, user); err != nil && browsing.Err() == nil {
				w.wrong(assets.Msg("terminal.browse-failed", "Error", err.Error()))
			}
		})
	}
	return alone, func() { stop(); robot.Wait() }
}

// signsIn is who signs in for a mailbox, as far as it was said.
func signsIn(d *wizard.Draft) string {
	if d.Shared {
		return d.Mailbox.Delegate
	}
	return d.Mailbox.Address
}

func (w *Wizard) expected() string {
	return wizard.CleanField(wizard.FieldMailboxAddress, signsIn(w.draft))
}

func (w *Wizard) whoSignsIn() string {
	kind, expected := kindOf(w.draft), w.expected()
	if expected != "" {
		return w.tr("signin-page.before."+kind+"-as", "Address", expected)
	}
	return w.tr("signin-page.before." + kind)
}

func (w *Wizard) signInNow(ctx context.Context, choose bool) error {
	session, err := w.Bench.SignIn(ctx, w.draft, choose)
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	defer session.Close()
	alone, over := w.withoutBrowser(ctx, session.URL())
	defer over()
	var in oauth.SignedIn
	err = w.await(ctx, session, "signin-page.paste.", func(ctx context.Context) error {
		var err error
		in, err = session.Wait(ctx)
		return err
	}, alone)
	if err == nil {
		err = w.Bench.SignedIn(ctx, w.draft, in)
	}
	var other *wizard.OtherAccountError
	if errors.As(err, &other) {
		take, chooseErr := w.confirm(ctx, assets.Msg("terminal.other-account", "Expected", other.Expected, "Got", other.Got))
		if chooseErr != nil || !take {
			return w.unlessBack(chooseErr)
		}
		err = w.Bench.SignedInAs(ctx, w.draft, in, true)
	}
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	w.granted()
	return nil
}

func (w *Wizard) unlessBack(err error) error {
	if errors.Is(err, errBack) {
		return nil
	}
	return err
}
