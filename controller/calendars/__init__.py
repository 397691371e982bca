"""The store's time for people: expressions in words, calendars out and in, quiet hours as they are published.

iCalendar (RFC 5545) is read and written here and nowhere else.
"""
