holds() { :; }
