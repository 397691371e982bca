"""`HqOffice`: everything that people do at their desks at HQ. The door `doors.Office`, opened."""

from __future__ import annotations

from controller.hq.campaigns import HqCampaigns


class HqOffice(HqCampaigns):
    """Drafts, the library and campaigns over one memory. Safe to use from several threads and processes."""

    def organisation(self) -> str:
        """Whose HQ this is."""
        return self.room.organisation

    def revision(self) -> int:
        """Rises with every change of papers and fleet."""
        return self.room.papers.revision()
