"""Senders to chat rooms: one module for each service. docs/decisions/0008-channels.md has what each can do."""
