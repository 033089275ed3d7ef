"""The seven independent choices that a rulebook makes; each module holds the ways that one of them can be made."""
