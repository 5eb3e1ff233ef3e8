// Nothing is done here: a browser waits for the styles before it runs a script, and reads on after it.
