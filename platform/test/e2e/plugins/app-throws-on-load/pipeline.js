throw new Error('The licence of this plugin has expired.');
