"""Pads, beside y-websocket and Hocuspocus."""
