package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postkey/oauth"
)

// Limits of waiting where the server asks to come back later: how often, and
// how long for one request in all (Options.Patience).
const maxAttempts = 4

func (w *web) secrets() []oauth.Secret { return []oauth.Secret{w.token} }

// ask asks until the answer is not "later", as long as the server says how long
// to wait and that is within the patience. Read makes an error of an answer
// that is a refusal. What must not be carried out twice is asked again only
// after throttling, where the server did nothing.
func (w *web) ask(ctx context.Context, q webRequest, read func(webAnswer) error) error {
	left := w.opts.Patience
	for attempt := 1; ; attempt++ {
		a, err := w.exchange(ctx, q)
		if err == nil {
			err = read(a)
		}
		var refusal *WebError
		if !errors.As(err, &refusal) || !refusal.Later() || refusal.RetryAfter <= 0 ||
			refusal.RetryAfter > left || attempt == maxAttempts || q.once && !refusal.Throttled() {
			return err
		}
		left -= refusal.RetryAfter
		timer := time.NewTimer(refusal.RetryAfter)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%s: %s: %w", w.protocol, q.during, ctx.Err())
		}
	}
}

// Item is a message in a mailbox as Graph and EWS name it.
type Item struct{ id string }

// webMessage is what a list tells of a message.
type webMessage struct {
	item Item
	head header
}

// Limits of one look at a folder.
const (
	webPage  = 50 // messages
	webPages = 4
)

// folderView is a folder as await looks at it, newest message first.
type folderView struct {
	// page returns page n, counted from 0, and whether there are more.
	page func(ctx context.Context, n int) (list []webMessage, more bool, err error)
	// mime returns the whole text of a message.
	mime func(ctx context.Context, item Item) (string, error)
}

// await waits until m is in the inbox, or after a while in the folder for junk.
// A delivery report about m ends the wait with *BounceError. How long to wait
// is the caller's.
func (w *web) await(ctx context.Context, folder func(name string) folderView, m Message) (Item, error) {
	inbox, junk := folder("inbox"), folder("junkemail")
	aside := time.Now().Add(w.opts.Junk)
	for {
		item, err := w.look(ctx, inbox, m)
		if err == nil && item == (Item{}) && !time.Now().Before(aside) {
			item, err = w.look(ctx, junk, m)
			var refusal *WebError
			if errors.As(err, &refusal) {
				err = nil // there is no such folder, or it may not be read
			}
			w.inJunk = item != (Item{})
			aside = time.Now().Add(w.opts.Junk)
		}
		if err != nil || item != (Item{}) {
			return item, err
		}
		timer := time.NewTimer(w.opts.webPoll())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return Item{}, ctx.Err()
		}
	}
}

// Junk names the folder for junk in which Await found the message; empty where
// it was in the inbox.
func (w *web) Junk() string {
	if w.inJunk {
		return "Junk Email"
	}
	return ""
}

// look judges the messages that have come since the last look.
func (w *web) look(ctx context.Context, view folderView, m Message) (Item, error) {
	if w.known == nil {
		w.known = make(map[string]bool)
	}
	for n := range webPages {
		list, more, err := view.page(ctx, n)
		if err != nil {
			return Item{}, err
		}
		for _, one := range list {
			if w.known[one.item.id] {
				more = false // what follows is older
				continue
			}
			switch one.head.is(m) {
			case itself:
				return one.item, nil
			case perhapsBounce:
				if err := w.report(ctx, view, one.item, m); err != nil {
					return Item{}, err
				}
			}
			w.known[one.item.id] = true
		}
		if !more {
			break
		}
	}
	return Item{}, nil
}

// report returns *BounceError when the message is a delivery report about m. A
// message that is gone again or too large is none.
func (w *web) report(ctx context.Context, view folderView, item Item, m Message) error {
	text, err := view.mime(ctx, item)
	var refusal *WebError
	switch {
	case errors.Is(err, ErrTooLarge), errors.As(err, &refusal) && refusal.gone():
		return nil
	case err != nil:
		return err
	}
	lines := splitLines(text)
	if bounce := parseReport(parseHeader(lines), lines, m); bounce != nil {
		return bounce
	}
	return nil
}

// copies returns the messages of a folder's first page that are m.
func copies(ctx context.Context, view folderView, m Message) ([]Item, error) {
	list, _, err := view.page(ctx, 0)
	var found []Item
	for _, one := range list {
		if one.head.is(m) == itself {
			found = append(found, one.item)
		}
	}
	return found, err
}
