package mail

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// Junk names the folder for junk in which Await found the message, and which is
// open since; empty where it was in the inbox.
func (c *IMAP) Junk() string { return c.junk }

// lookInJunk looks for m in the folder for junk, where there is one. The inbox
// is open again unless m was found.
func (c *IMAP) lookInJunk(ctx context.Context, m Message) (found imap.UID, err error) {
	if !c.listed {
		c.spam, err = c.folder(ctx, imap.MailboxAttrJunk, "Junk Email", "Junk E-mail", "Junk", "Spam", "Posta indesiderata")
		if c.listed = err == nil || isRefused(err); !c.listed {
			return 0, err
		}
	}
	folder := c.spam
	if folder == "" {
		return 0, nil
	}
	junk, err := c.enter(ctx, folder)
	if err == nil {
		found, err = c.search(ctx, junk.UIDNext, m)
	}
	switch {
	case err != nil && !isRefused(err):
		return 0, err
	case found != 0:
		c.junk = folder
		return found, nil
	}
	// Even a refused SELECT has closed the inbox (RFC 9051, section 6.3.2).
	inbox, err := c.enter(ctx, "INBOX")
	if err == nil && inbox.UIDValidity != c.valid {
		c.valid, c.next = inbox.UIDValidity, back(inbox.UIDNext, lookBack)
	}
	return 0, err
}

// folder returns the name of the folder that serves for a purpose (RFC 6154),
// or else has one of the names usual for that; empty: there is none.
func (c *IMAP) folder(ctx context.Context, purpose imap.MailboxAttr, names ...string) (name string, err error) {
	var options *imap.ListOptions
	if caps := c.client.Caps(); caps.Has(imap.CapSpecialUse) && caps.Has(imap.CapListExtended) {
		options = &imap.ListOptions{ReturnSpecialUse: true} // others tell without being asked
	}
	var byName string
	err = c.do(ctx, "LIST", func() error {
		folders, err := c.client.List("", "*", options).Collect()
		for _, folder := range folders {
			last := folder.Mailbox
			if i := strings.LastIndexByte(last, byte(folder.Delim)); folder.Delim != 0 {
				last = last[i+1:]
			}
			switch {
			case slices.Contains(folder.Attrs, imap.MailboxAttrNoSelect), slices.Contains(folder.Attrs, imap.MailboxAttrNonExistent):
			case name == "" && slices.Contains(folder.Attrs, purpose):
				name = folder.Mailbox
			case byName == "" && slices.ContainsFunc(names, func(usual string) bool { return strings.EqualFold(usual, last) }):
				byName = folder.Mailbox
			}
		}
		return err
	})
	if name == "" {
		name = byName
	}
	return name, err
}
