package mail

import (
	"context"

	"github.com/emersion/go-imap/v2"
)

// Removal is how a message was taken away.
type Removal int

// From best to least.
const (
	Deleted Removal = iota // gone from the mailbox
	Moved                  // in the folder for deleted items
	Flagged                // still there, marked \Deleted: the server removes it when somebody expunges
)

// Delete removes one message and no other. Where the server cannot expunge a
// single message (UIDPLUS, RFC 4315), it is moved to the folder for deleted
// items, or at least flagged; EXPUNGE alone would remove other people's
// flagged messages too.
func (c *IMAP) Delete(ctx context.Context, uid uint32) (Removal, error) {
	set := imap.UIDSetNum(imap.UID(uid))
	caps := c.client.Caps()
	if !caps.Has(imap.CapUIDPlus) && caps.Has(imap.CapMove) {
		if moved, err := c.moveToTrash(ctx, set); moved || err != nil {
			return Moved, err
		}
	}
	err := c.do(ctx, "STORE", func() error {
		return c.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
	})
	if err != nil || !caps.Has(imap.CapUIDPlus) {
		return Flagged, err
	}
	return Deleted, c.do(ctx, "UID EXPUNGE", func() error { return c.client.UIDExpunge(set).Close() })
}

// moveToTrash moves set to the folder for deleted items, where there is one.
func (c *IMAP) moveToTrash(ctx context.Context, set imap.UIDSet) (moved bool, err error) {
	trash, err := c.folder(ctx, imap.MailboxAttrTrash, "Deleted Items", "Trash")
	if err != nil || trash == "" {
		return false, err
	}
	err = c.do(ctx, "MOVE", func() error {
		_, err := c.client.Move(set, trash).Wait()
		return err
	})
	return err == nil, err
}
