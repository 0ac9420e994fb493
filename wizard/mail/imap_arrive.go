package mail

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// How often the inbox is looked at without a word from the server. Beside IDLE
// it is only for servers that announce IDLE and never push.
const (
	pollIdle  = 12 * time.Second
	pollPlain = 3 * time.Second
)

// lookBack is how many UIDs before the opening of the inbox are looked at when
// the message was sent before it.
const lookBack = 20

// back returns the UID that lies so many before next; 0 where next is not known.
func back(next, count imap.UID) imap.UID {
	if next == 0 {
		return 0
	}
	return next - min(count, next-1)
}

// Await waits until m is in the inbox and returns its UID. A delivery report
// about m ends the wait with *BounceError. How long to wait is the caller's:
// the connection is gone after ctx has ended the wait.
func (c *IMAP) Await(ctx context.Context, m Message) (uid uint32, err error) {
	if !c.fresh {
		if err := c.refresh(ctx); err != nil {
			return 0, err
		}
	}
	untold := c.next == 0
	if untold {
		if err := c.findNext(ctx); err != nil {
			return 0, err
		}
	}
	if untold || m.Composed.Before(c.begun) {
		found, err := c.search(ctx, c.next, m)
		if err != nil && !isRefused(err) || found != 0 { // a look may do where a search by name is too much
			return uint32(found), err
		}
		// A report about m does not bear its name where a search finds it, and a
		// quick server's is older than the opened inbox: look at the newest few.
		if untold || !m.Composed.IsZero() {
			c.next = back(c.next, lookBack)
		}
	}
	idle := c.client.Caps().Has(imap.CapIdle)
	aside := time.Now().Add(c.link.opts.Junk)
	for {
		found, err := c.look(ctx, m)
		if err == nil && found == 0 && !time.Now().Before(aside) {
			found, err = c.lookInJunk(ctx, m)
			aside = time.Now().Add(c.link.opts.Junk)
		}
		if err != nil || found != 0 {
			return uint32(found), err
		}
		if idle {
			idle, err = c.idle(ctx)
		} else {
			err = c.pause(ctx, cmp.Or(c.link.opts.Poll, pollPlain))
		}
		if err != nil {
			return 0, err
		}
	}
}

// refresh asks for the capabilities where the sign-in did not bring them: what
// a server offers afterwards is often more. A refusal changes nothing.
func (c *IMAP) refresh(ctx context.Context) error {
	err := c.do(ctx, "CAPABILITY", func() error {
		_, err := c.client.Capability().Wait()
		return err
	})
	if isRefused(err) {
		err = nil
	}
	c.fresh = err == nil
	return err
}

// searched is how many UIDs before next a search goes back. That keeps it short
// in a mailbox of a hundred thousand, whatever day the server believes it is.
const searched = 1000

// search finds the message where it came before the folder was opened, or where
// the server does not tell from which UID on to look: next is 0 there.
func (c *IMAP) search(ctx context.Context, next imap.UID, m Message) (found imap.UID, err error) {
	criteria := byName(m)
	if next != 0 {
		criteria.UID = []imap.UIDSet{{{Start: back(next, searched)}}} // to *
	}
	uids, err := c.uids(ctx, criteria)
	if err != nil || len(uids) == 0 {
		return 0, err
	}
	return c.judge(ctx, uids[max(0, len(uids)-maxNew):], m)
}

// findNext finds out where new messages begin, for servers that do not tell at
// SELECT: without that every look would search the whole inbox. A refusal
// changes nothing.
func (c *IMAP) findNext(ctx context.Context) error {
	newest, err := c.uids(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{{{}}}}) // *
	if err == nil && len(newest) > 0 {
		c.next = newest[len(newest)-1] + 1
	}
	if isRefused(err) {
		return nil
	}
	return err
}

// byName are the criteria for m and for reports about it.
func byName(m Message) *imap.SearchCriteria {
	return &imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{
		{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: "<" + m.ID + ">"}}},
		{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: m.Mark}}},
	}}}
}

// look judges the messages that have come since the last look.
func (c *IMAP) look(ctx context.Context, m Message) (found imap.UID, err error) {
	if c.next == 0 {
		return c.search(ctx, c.next, m)
	}
	uids, err := c.uids(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{{{Start: c.next}}}}) // next:*
	if err != nil {
		return 0, err
	}
	for len(uids) > 0 && uids[0] < c.next {
		uids = uids[1:] // n:* always holds the newest message, however old
	}
	for len(uids) > 0 {
		batch := uids[:min(len(uids), maxNew)]
		uids = uids[len(batch):]
		if found, err = c.judge(ctx, batch, m); err != nil || found != 0 {
			return found, err
		}
		c.next = batch[len(batch)-1] + 1
	}
	return 0, nil
}

// uids returns the UIDs that meet the criteria, ascending. NOOP goes ahead of
// the search, for servers that tell of new mail only there.
func (c *IMAP) uids(ctx context.Context, criteria *imap.SearchCriteria) (uids []imap.UID, err error) {
	err = c.do(ctx, "SEARCH", func() error {
		noop, search := c.client.Noop(), c.client.UIDSearch(criteria, nil)
		if err := noop.Wait(); err != nil {
			_, _ = search.Wait()
			return err
		}
		data, err := search.Wait()
		if err != nil {
			return err
		}
		if set, ok := data.All.(imap.UIDSet); ok {
			uids = listUIDs(set)
		}
		return nil
	})
	return uids, err
}

// maxUIDs is how many UIDs of one answer are taken. The next look goes on
// behind them.
const maxUIDs = 1 << 16

// listUIDs returns the UIDs of set, ascending. A server can name four billion
// in a few bytes, and imap.UIDSet's Nums does not end at the highest of them.
func listUIDs(set imap.UIDSet) []imap.UID {
	var list []imap.UID
	for _, r := range set {
		for n := uint64(r.Start); n > 0 && n <= uint64(r.Stop) && len(list) < maxUIDs; n++ {
			list = append(list, imap.UID(n))
		}
	}
	return list
}

// judge reads the headers of the messages. Those of which go-imap gives none,
// because the server names the UID only behind the text or another program has
// taken one of them away, are searched.
func (c *IMAP) judge(ctx context.Context, messages []imap.UID, m Message) (found imap.UID, err error) {
	set := imap.UIDSetNum(messages...)
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: arrivalFields, Peek: true}
	heads, err := c.fetch(ctx, set, section)
	if err != nil {
		return 0, err
	}
	if len(heads) < len(messages) {
		criteria := byName(m)
		criteria.UID = []imap.UIDSet{set}
		uids, err := c.uids(ctx, criteria)
		uids = slices.DeleteFunc(uids, func(uid imap.UID) bool { _, read := heads[uid]; return read })
		if err != nil || len(uids) > 0 {
			return slices.Max(append(uids, 0)), err
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(heads)) {
		head := parseHeader(splitLines(heads[uid]))
		switch head.is(m) {
		case itself:
			return uid, nil
		case perhapsBounce:
			whole := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: maxReportBytes}}
			bodies, err := c.fetch(ctx, imap.UIDSetNum(uid), whole)
			if err != nil {
				return 0, err
			}
			if bounce := parseReport(head, splitLines(bodies[uid]), m); bounce != nil {
				return 0, bounce
			}
		}
	}
	return 0, nil
}

// fetch returns one section of each message in set. NO is how a server tells
// that some of them are gone (RFC 2180, section 4.1); the others are there.
func (c *IMAP) fetch(ctx context.Context, set imap.UIDSet, section *imap.FetchItemBodySection) (texts map[imap.UID]string, err error) {
	texts = make(map[imap.UID]string)
	err = c.do(ctx, "FETCH", func() error {
		messages, err := c.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		for _, message := range messages {
			if len(message.BodySection) > 0 {
				texts[message.UID] = string(message.BodySection[0].Bytes)
			}
		}
		return err
	})
	var refusal *ServerError
	if isRefused(err) && errors.As(err, &refusal) {
		if _, no := cutPrefixFold(refusal.Text, "NO"); no {
			err = nil
		}
	}
	return texts, err
}

func splitLines(text string) []string {
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

// idle waits with IDLE until the number of messages changes or it is time to
// look anyway; that is long before the 29 minutes after which servers hang up
// (RFC 2177). It reports whether the server takes IDLE.
func (c *IMAP) idle(ctx context.Context) (works bool, err error) {
	limit := cmp.Or(c.link.opts.Poll, pollIdle)
	refused := false
	err = c.link.step(ctx, "IDLE", limit+c.link.opts.Command, func() error {
		command, err := c.client.Idle()
		if err != nil {
			refused = c.link.broken() == nil // answered, but not with a request for more
			return err
		}
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case <-c.exists:
		case <-timer.C:
		case <-ctx.Done():
		case <-c.client.Closed():
		}
		if err := command.Close(); err != nil {
			return err
		}
		return command.Wait()
	})
	if refused && ctx.Err() == nil {
		return false, nil
	}
	return true, c.farewelled(err)
}

// farewelled gives the server's last words to an error of a lost connection.
func (c *IMAP) farewelled(err error) error {
	if bye := c.tap.farewell(); bye != "" && errors.Is(err, ErrLost) {
		return c.link.refuse("IDLE", bye, ErrLost)
	}
	return err
}

// pause waits for d, or less when the connection is lost.
func (c *IMAP) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.client.Closed():
	case <-ctx.Done():
	}
	return nil
}
