package mail

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Limits of one look: how many new messages are read, and how many at either
// end of the mailbox in the first look, or where the server keeps no unique
// ids. Servers number from the oldest or, where so configured, from the newest.
const (
	maxNew  = 200
	maxEdge = 10
)

// Seen remembers between sessions which messages have been looked at, by
// unique id. The zero value is ready to use.
type Seen struct {
	ids   map[string]bool
	found string // the message waited for
	read  bool   // some message could be read
}

// Find looks for the message among those that Open counted and returns its
// number, or 0 when it is not there. A delivery report about it comes back as
// *BounceError. A message that the server cannot read is passed over; when it
// could never read any, its words come back.
func (c *POP) Find(ctx context.Context, m Message, seen *Seen) (number int, err error) {
	candidates, ids, err := c.candidates(ctx, seen)
	if err != nil {
		return 0, err
	}
	var unreadable error
	for _, n := range candidates {
		what, err := c.judge(ctx, n, m)
		switch {
		case isRefused(err):
			unreadable = err
			continue
		case err != nil:
			return 0, err
		case what == itself:
			seen.found = ids[n]
			return n, nil
		}
		seen.read = true
		if id := ids[n]; id != "" {
			seen.ids[id] = true
		}
	}
	if seen.read {
		return 0, nil
	}
	return 0, unreadable
}

// judge reads message n as far as needed to tell whether it is m; a delivery
// report about m comes back as *BounceError.
func (c *POP) judge(ctx context.Context, n int, m Message) (verdict, error) {
	top, err := c.top(ctx, n, 0)
	if err != nil {
		return unrelated, err
	}
	head := parseHeader(top)
	what := head.is(m)
	if what == perhapsBounce {
		report, err := c.top(ctx, n, maxReportLines)
		if err != nil {
			return unrelated, err
		}
		if bounce := parseReport(head, report, m); bounce != nil {
			return unrelated, bounce
		}
	}
	return what, nil
}

// top returns the head of message n and up to so many lines of its body. TOP is
// optional (RFC 1939, section 7): without it the message is read as a whole,
// but for a large one, which is neither ours nor a report.
func (c *POP) top(ctx context.Context, n, lines int) ([]string, error) {
	if !c.noTop {
		list, err := c.list(ctx, "TOP", fmt.Sprintf("TOP %d %d", n, lines))
		if !isRefused(err) || slices.Contains(c.caps, "TOP") {
			return list, err
		}
	}
	status, err := c.command(ctx, "LIST", fmt.Sprintf("LIST %d", n))
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(status) // +OK number size
	if len(fields) < 3 {
		return nil, c.link.refuse("LIST", status, ErrNotMailServer)
	}
	if size, err := strconv.Atoi(fields[2]); err != nil || size > maxReportBytes {
		return nil, nil
	}
	whole, err := c.list(ctx, "RETR", fmt.Sprintf("RETR %d", n))
	c.noTop = err == nil
	return whole, err
}

// candidates returns the messages to look at, newest number first, and the
// unique ids where the server has them.
func (c *POP) candidates(ctx context.Context, seen *Seen) ([]int, map[int]string, error) {
	ids, err := c.uidl(ctx)
	if err != nil {
		return nil, nil, err
	}
	first := seen.ids == nil
	if first {
		seen.ids = make(map[string]bool)
	}
	if seen.found != "" && len(ids) > 0 { // later looks are for this one alone
		for n, id := range ids {
			if id == seen.found && n >= 1 && n <= c.count {
				return []int{n}, ids, nil
			}
		}
		return nil, ids, nil
	}
	numbers := slices.Collect(maps.Keys(ids))
	for i := range min(maxEdge, c.count) {
		numbers = append(numbers, c.count-i, 1+i)
	}
	slices.Sort(numbers)
	var candidates []int
	for _, n := range slices.Backward(slices.Compact(numbers)) {
		id, atEdge := ids[n], n > c.count-maxEdge || n <= maxEdge
		switch {
		case n < 1 || n > c.count, seen.ids[id]:
		case first && !atEdge:
			seen.ids[id] = true // there before the test began
		case len(candidates) < maxNew:
			candidates = append(candidates, n)
		}
	}
	return candidates, ids, nil
}

// uidl returns the unique ids by message number; none when the server has no UIDL.
func (c *POP) uidl(ctx context.Context) (map[int]string, error) {
	list, err := c.list(ctx, "UIDL", "UIDL")
	if isRefused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids := make(map[int]string, len(list))
	for _, line := range list {
		number, id, _ := strings.Cut(line, " ")
		if n, err := strconv.Atoi(number); err == nil && id != "" {
			ids[n] = id
		}
	}
	return ids, nil
}
