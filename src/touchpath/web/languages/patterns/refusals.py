"""What is refused, and what would do: addresses, forms, whole pages."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # refusals
    N_("Nobody is known as '%(came)s'. Search for a part of the id, as in 'user:4'."),
    N_("No %(noun)s is called '%(came)s'. Did you mean '%(name)s'?"),
    N_("No %(noun)s is called '%(came)s'. There is none yet."),
    N_("No %(noun)s is called '%(came)s'. There are: %(names)s."),
    N_("No %(noun)s is called '%(came)s' here. The field calls these so: %(names)s."),
    N_("Say which %(noun)s is meant. There is none yet."),
    N_("Say which %(noun)s is meant. There are: %(names)s."),
    N_("A target is a plain number, as in 0.9 for 90 %%, but '%(came)s' came."),
    N_("A day is written as 2026-03-01, but '%(came)s' came."),
    N_("The segment came as '%(came)s'. Write it as DIMENSION:VALUE, as in channel:web."),
    N_("The period came as '%(came)s'. There are: %(names)s."),
    N_("The day came as '%(came)s'. Write it as YYYY-MM-DD, as in 2026-03-01."),
    N_("The target came as '%(came)s'. Write a number, as in 80 or 4.5."),
    N_("A name has up to %(most)s characters."),
    N_("This has %(many)s characters; at most %(most)s are kept."),
    N_("%(name)s saved this card in the meantime (revision %(revision)s). Look at it, and make your change again."),
    N_("The card is at revision %(now)s by now, so revision %(revision)s is not taken back."),
    # refusals of forms and addresses
    N_("'%(name)s' has a field of its own above. Change it there, or clear that field."),
    N_("Say what leads to '%(name)s'."),
    N_("Another one is called '%(name)s' already."),
    N_("There is no filter '%(came)s'. There are: %(names)s."),
    N_("There is no grain '%(came)s'. There are: %(names)s."),
    N_("The span came as '%(came)s'. Write it as two days, as in 2026-01-01..2026-03-31."),
    N_("The span came as '%(came)s'. It has to begin before it ends."),
    N_("This cannot be read: %(told)s"),
    N_("'%(title)s' could not be asked: %(reason)s"),
    N_("Somebody saved version %(number)s of this board meanwhile. Open it again, and make the change there."),
    N_("The rating came as '%(came)s'. Give a whole number, or leave it blank."),
    N_("The time came as '%(came)s'. Write it as in 2026-03-01T14:30, or leave it blank for now."),
    N_("A version is a number, but '%(came)s' came."),
    N_("Neither more nor less of '%(what)s' is better, so it can have no target."),
    N_("'%(what)s' runs from %(number)s to %(number_high)s, but %(number_came)s came. Write shares as 0.45, not 45."),
    N_("Give it a name."),
    N_("Nothing was erased: the box that says so was not ticked. Go back and tick it."),
    N_("Nobody was removed: the box that says so was not ticked. Tick it, or disable them."),
    N_("Say why they are let in again: it stands in the audit log."),
    N_("Give the customer's id, or choose nobody."),
    N_("A lifecycle compares periods. Give 'grain': day, week, month, quarter or year."),
    N_("There are no signals yet. Import some: touchpath import FILE --map MAPPING.yaml"),
    N_("Choose a day and an hour that stand in the form."),
    N_(
        "Compare with another period, with another version or with other people, not with several at once. Take one of them away."
    ),
    N_("Write keys and values, as in unit: order."),
    # whole refusals
    N_("Nothing is at this address."),
    N_("This address cannot be used with that method."),
    N_("The server met an error that nobody foresaw. It is in the server's log."),
    N_("This workspace keeps no cards."),
    N_("This workspace keeps no targets."),
    N_("This link is no longer good. Ask whoever sent it for a new one."),
    N_("That was asked too often."),
    N_("No file came with the form. Choose one, and send the form again."),
    N_("Another site's page may not change anything here. Use the form on our own page."),
)
